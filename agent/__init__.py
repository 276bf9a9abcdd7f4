"""Run it and tell people: the command line, reports, and the embedded lab."""

__version__ = "0.1.0"
