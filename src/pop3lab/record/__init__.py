"""Standing between a client and a server, and writing down what they say."""
