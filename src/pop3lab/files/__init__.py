"""Files that a user names: read with a bound, written where nobody can plant anything."""
