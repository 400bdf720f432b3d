from pathlib import Path

import webob
from pyramid.request import Request

class Response(webob.Response): ...

class FileResponse(Response):
    def __init__(
        self,
        path: str | Path,
        request: Request | None = None,
        cache_max_age: int | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
    ) -> None: ...
