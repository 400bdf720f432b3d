from collections.abc import Callable

from _typeshed.wsgi import WSGIEnvironment
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from zope.interface import Interface

class RetryableException(Exception): ...
class IBeforeRetry(Interface): ...

class BeforeRetry:
    environ: WSGIEnvironment
    request: Request
    exception: BaseException
    response: Response | None

def RetryableExecutionPolicy(
    attempts: int = 3, activate_hook: Callable[..., int | None] | None = None
) -> Callable[[WSGIEnvironment, Router], Response]: ...
def mark_error_retryable(error: BaseException) -> None: ...
def is_error_retryable(request: Request, exc: BaseException) -> bool: ...
