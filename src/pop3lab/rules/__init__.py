"""The language of rules: conditions, effects and targets. It knows no behaviour."""
