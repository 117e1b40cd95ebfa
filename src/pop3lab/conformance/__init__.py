"""Finds violations of the RFCs by clients, from the events of sessions alone."""
