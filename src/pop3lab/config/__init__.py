"""Settings of `pop3lab serve` from command line, environment and one TOML file.

kinds        what values there are, and how they are read
table        rows derived from a dataclass
values       Settings: every name, type, default and help
sources      what stands where
loading      the nearer source wins
commands     the command line
checks       what must agree
machine      what only this machine can tell
doctor       all of it as text
tokens_file  lines of bearer tokens
"""
