"""The shapes of ARM JSON that we read, by family."""
