"""Decide. Pure reasoning over frozen facts: no I/O, no clock, no logging."""
