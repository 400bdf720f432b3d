"""Rendering: compiles templates, and formats values for the user's locale."""
