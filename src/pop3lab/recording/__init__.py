"""Standing between a client and a server, and writing down what they say."""


# Playing the server's side of a transcript.
