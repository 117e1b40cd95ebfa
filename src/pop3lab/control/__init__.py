"""Control of a running server by lines on its stdin, each answered by a line."""
