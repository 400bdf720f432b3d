"""The domain, independent of HTTP and SQL: the actor, events and errors."""
