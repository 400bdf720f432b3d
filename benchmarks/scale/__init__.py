"""How the cost of pages grows with the shop: a small and a large one, asked in turn."""
