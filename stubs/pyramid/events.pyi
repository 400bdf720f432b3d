from typing import Any

from pyramid.response import Response

# A running shop has no other requests.
from courseshop.framework.request import Request

class NewRequest:
    request: Request

class ContextFound:
    request: Request

class NewResponse:
    request: Request
    response: Response

# What templates get besides: the request, and what subscribers put in.
class BeforeRender(dict[str, Any]):
    rendering_val: object
