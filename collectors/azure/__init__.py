"""Reads a live Azure through the SDK. Nothing outside this package imports azure."""
