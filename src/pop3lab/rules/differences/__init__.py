"""Finds out, seam by seam, whether hooks change what they are given.

Each difference is reported once, as soon as it is known and before it leaves the session.
"""
