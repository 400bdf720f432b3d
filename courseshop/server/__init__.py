"""The server of `use = egg:courseshop`: waitress in one process, strict, with a graceful stop.

Connections stay open after a 304, and requests that only read do not queue behind all others.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from pyramid.router import Router
from waitress.server import BaseWSGIServer, create_server

from courseshop.domain.shop import shop_of
from courseshop.framework import body_limits
from courseshop.server.channel import Channel
from courseshop.server.fair_queue import FairQueue
from courseshop.server.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication
    from waitress.wasyncore import dispatcher

log = logging.getLogger(__name__)
# The default of waitress.
THREADS = "4"
# After this time a thread that computes, such as one that renders Markdown, lets another one run.
# With Python's default of 5 ms, a page waits for that several times.
SWITCH_SECONDS = 0.001
# Less than the 30 seconds after which Kubernetes kills a process.
GRACEFUL_TIMEOUT = "25"


def main(app: WSGIApplication, _global_config: Mapping[str, str], **settings: str) -> int:
    """Serve `app` until SIGTERM or SIGINT, with the `settings` of waitress.

    One more, `graceful_timeout`, is how many seconds requests in flight may take after the signal.
    Raises ConfigurationError for the setting `workers`, because this server runs in one process,
    and if the shop was told of more `threads` than there are.
    """
    if "workers" in settings:
        raise ConfigurationError(
            "workers: this server runs in one process; remove the setting. See docs/serving.md to "
            "run several processes with gunicorn or granian"
        )
    if isinstance(app, Router):
        check_threads(settings.get("threads", THREADS), app)
        warn_of_limit(settings.get(body_limits.SETTING), app)
    seconds = settings.pop("graceful_timeout", GRACEFUL_TIMEOUT)
    if not (seconds.isascii() and seconds.isdigit()):
        raise ConfigurationError(f"graceful_timeout: not a number of seconds: {seconds!r}")
    sys.setswitchinterval(SWITCH_SECONDS)
    sockets: dict[int, dispatcher] = {}
    server = create_server(app, map=sockets, **settings)
    listeners = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]
    queue = FairQueue()
    for listener in listeners:
        listener.channel_class = Channel
        listener.task_dispatcher.queue = queue
    server.print_listen("Serving on http://{}:{}")
    Loop(server, listeners, sockets).run(int(seconds))
    return 0


def warn_of_limit(limit: str | None, app: Router) -> None:
    """Log the pages whose bodies the server would refuse before the shop sees them."""
    if limit is not None and limit.isascii() and limit.isdigit():
        for sentence in body_limits.too_small(app.registry, int(limit)):
            log.warning("%s", sentence)


def check_threads(threads: str, app: Router) -> None:
    """Raise ConfigurationError if the server has fewer threads than the shop counts on."""
    expected = shop_of(app.registry).settings.threads
    if not (threads.isascii() and threads.isdigit()):
        raise ConfigurationError(f"threads: not a number: {threads!r}")
    if int(threads) < expected:
        raise ConfigurationError(
            f"threads: {threads} is too few; expected at least courseshop.threads = {expected}"
        )
