"""One class for all requests.

Pyramid puts what `add_request_method` adds on a new class for each request: making that, and
forgetting what the interpreter had found out about the last one, is a good part of a short answer.
"""

from __future__ import annotations

from typing import Any

from pyramid.request import apply_request_extensions


def settle(app: Any) -> None:
    """Let the application make its requests from one class that has all that was added to them.

    Requests that a program makes itself, of Pyramid's own class, get it as they always did; and so
    do all where a plugin has set a request factory that is no class.
    """
    added, factory = app.request_extensions, app.request_factory
    if not isinstance(factory, type):
        return
    # Without these the registry would look at the new class for what it provides.
    known = {name: getattr(factory, name) for name in ("__implemented__", "__provides__")}
    made = type(factory.__name__, (factory,), {**known, **added.methods, **added.descriptors})
    invoke_subrequest = app.invoke_subrequest

    def extended(request: Any, use_tweens: bool = False) -> Any:
        request.registry = app.registry
        if not isinstance(request, made):
            apply_request_extensions(request, extensions=added)
        return invoke_subrequest(request, use_tweens)

    app.request_factory, app.request_extensions = made, None
    app.invoke_subrequest = extended
