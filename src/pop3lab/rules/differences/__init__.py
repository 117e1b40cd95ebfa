"""Whether what hooks make of what they are given differs from that, seam by seam.

Each is told once, as soon as it is known, and before what differs leaves the session.
"""
