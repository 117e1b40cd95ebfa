"""What can be asked of a running server over HTTP: an API, live events, the page."""
