"""Several servers on one database, by what their clients see."""
