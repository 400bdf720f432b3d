from collections.abc import Callable, Mapping
from typing import Any, Self

from pyramid.authorization import Context
from pyramid.i18n import Localizer
from pyramid.registry import Registry
from pyramid.response import Response
from pyramid.security import Allowed, Denied
from pyramid.urldispatch import Route
from webob.request import BaseRequest

class Request(BaseRequest):
    registry: Registry
    response: Response
    subpath: tuple[str, ...]
    view_name: str
    matched_route: Route | None
    exception: BaseException | None
    locale_name: str
    localizer: Localizer
    def has_permission(
        self, permission: str, context: Context | None = None
    ) -> Allowed | Denied: ...
    def add_response_callback(self, callback: Callable[[Self, Response], None]) -> None: ...
    def add_finished_callback(self, callback: Callable[[Self], None]) -> None: ...
    def invoke_subrequest(self, request: Request, use_tweens: bool = False) -> Response: ...
    @classmethod
    def blank(
        cls,
        path: str,
        environ: Mapping[str, object] | None = None,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        POST: str | bytes | Mapping[Any, Any] | None = None,
        **kw: object,
    ) -> Self: ...
