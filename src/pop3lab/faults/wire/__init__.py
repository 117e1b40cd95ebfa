"""Faults: what goes wrong with a reply on its way to the client."""
