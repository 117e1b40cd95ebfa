"""The options of the server, from the command line, the environment and one TOML file.

types        what values there are, and how they are read
options      Settings: every name, type, default and help
reading      the nearer source wins
file         the TOML file
checks       what must agree
diagnostics  what only this machine can tell, and all of it as text
run_as       as whom a server is to run
tokens_file  lines of bearer tokens
"""
