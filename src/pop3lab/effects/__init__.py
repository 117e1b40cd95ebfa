"""What scripts of quirks are made of: ways to bend commands, logins, listings and maildrops."""
