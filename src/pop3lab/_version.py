"""The version, as a literal: asking the installed metadata for it takes 45 ms."""

__version__ = "0.1.0"
