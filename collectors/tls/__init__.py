"""Connections to the addresses of endpoints, bounded in number, time and what is sent."""
