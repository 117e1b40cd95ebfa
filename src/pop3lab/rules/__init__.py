"""The language of rules: what happens, when, and to what. It knows no behaviour."""
