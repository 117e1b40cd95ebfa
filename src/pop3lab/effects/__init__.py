"""What behaviours are made of: ways to change commands, logins, listings and maildrops."""
