"""The report on a client, in the forms that people and programs read."""
