"""The rule language: conditions, effects and targets. It knows no behaviour by name."""
