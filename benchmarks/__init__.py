"""Shops of a known size, and what their pages cost: see README.md in this folder."""
