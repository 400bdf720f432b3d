from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPException
from pyramid.response import Response

# All requests of the shop have this class.
from courseshop.framework.request import Request

class static_view:
    docroot: str
    # The files found for each name: pairs of path and content encoding.
    filemap: dict[str, list[tuple[str, str | None]]]
    def __init__(
        self,
        root_dir: str,
        cache_max_age: int | None = 3600,
        package_name: str | None = None,
        use_subpath: bool = False,
        index: str = "index.html",
        reload: bool = False,
        content_encodings: Sequence[str] = (),
    ) -> None: ...
    def __call__(self, context: Any, request: Request) -> Response: ...
    def get_resource_name(self, request: Request) -> str: ...
    def find_resource_path(self, name: str) -> str | None: ...
    def get_possible_files(self, resource_name: str) -> list[tuple[str, str | None]]: ...
    def add_slash_redirect(self, request: Request) -> HTTPException: ...
