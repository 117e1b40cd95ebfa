"""The servers that are measured: each one says how it is started on a maildrop."""
