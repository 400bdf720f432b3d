class Adjustments:
    asyncore_loop_timeout: int
    asyncore_use_poll: bool
