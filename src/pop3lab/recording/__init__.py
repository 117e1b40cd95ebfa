"""Relays a client to a server, and records what they say."""


# Plays the server's side of a transcript.
