"""How results look: the terminal, and text that is safe to show wherever it came from."""
