"""Performing what sessions ask for: sockets, timers, threads."""
