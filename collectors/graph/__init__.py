"""The facts and how they hang together. Standard library only, so that an offline check starts at once."""
