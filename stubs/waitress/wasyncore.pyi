class dispatcher:
    accepting: bool
    def close(self) -> None: ...

def loop(
    timeout: float = 30.0,
    use_poll: bool = False,
    map: dict[int, dispatcher] | None = None,
    count: int | None = None,
) -> None: ...
