"""The embedded Azure: estates, the ARM emulator that serves them, and DNS responders that answer for them."""
