"""Two commits side by side: each with its own code and data, asked in turn."""
