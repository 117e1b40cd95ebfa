"""Who may log in, and how it is proved."""
