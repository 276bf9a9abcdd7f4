"""Disagreements between what is required, simulated and observed, and the causes that explain them."""
