"""Playing the server's side of a transcript."""
