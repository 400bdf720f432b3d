"""What keeps a request from doing harm: ingress, CSRF, passwords, throttles, signed links."""
