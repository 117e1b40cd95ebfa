"""The options of the server, from the command line, the environment and one TOML file.

types        types of values, and how they are parsed
options      Settings: every name, type, default and help
reading      combines the sources by precedence
file         the TOML file
checks       contradictions between settings
diagnostics  checks on this machine, and a report of everything
run_as       the user that a server runs as
tokens_file  the file of bearer tokens
"""
