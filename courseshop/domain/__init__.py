"""What the shop talks about, without HTTP or SQL: who acts, what happens, what is refused."""
