"""Listeners to events: counters, records, transcripts, logs."""
