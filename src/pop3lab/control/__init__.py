"""Control of a running server by lines on its stdin: each a command, each answered by one line."""
