"""Protection: request validation, CSRF checks, passwords, rate limits and signed links."""
