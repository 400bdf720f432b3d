from typing import Any

from pyramid.response import Response

# All requests of the shop have this class.
from courseshop.framework.request import Request

class NewRequest:
    request: Request

class ContextFound:
    request: Request

class NewResponse:
    request: Request
    response: Response

# As a dict: the variables of the template, such as the request, and those added by subscribers.
class BeforeRender(dict[str, Any]):
    rendering_val: object
