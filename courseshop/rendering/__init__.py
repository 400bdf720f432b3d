"""How templates are compiled, and how values are shown in the reader's language."""
