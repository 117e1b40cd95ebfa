"""The protocol as a state machine: no sockets, no clock, no randomness.

A session is fed the client's octets and yields actions; what happened is told as events.
"""
