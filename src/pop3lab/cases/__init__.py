"""The cases that try a client, the evidence of what it did, and the verdict: pure, without I/O."""
