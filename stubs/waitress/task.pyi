from waitress.parser import HTTPRequestParser

class WSGITask:
    request: HTTPRequestParser
    version: str
    @property
    def has_body(self) -> bool: ...
    def set_close_on_finish(self) -> None: ...
