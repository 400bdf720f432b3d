class HTTPRequestParser:
    headers: dict[str, str]
