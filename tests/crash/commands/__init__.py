"""Cases of commands: an operator's `aslo` dies at a point and is called again, and everything must be as if it had not died."""
