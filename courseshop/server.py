"""Waitress, as the shop is served by it: several processes at one address.

Waitress itself is one process, whose threads share one lock of the interpreter. Here a process
that does nothing else opens the address and starts the others, which all take connections from it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)
# Where waitress listens, which is decided before its processes start.
PLACES = ("listen", "host", "port", "ipv4", "ipv6")
# Seconds before a process that has ended is replaced: not too often where each ends at once.
PAUSE = 1


class Task(WSGITask):  # type: ignore[misc]
    """An answer after which the connection stays open even if it has no body, such as a 304.

    Waitress would close it, for it has no length; but such an answer ends with its headers
    (RFC 9112, section 6.3).
    """

    def set_close_on_finish(self) -> None:
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()


class Channel(HTTPChannel):  # type: ignore[misc]
    task_class = Task


def main(app: Any, _global_config: Mapping[str, str], workers: str = "1", **settings: str) -> int:
    """Serve `app` as `[server:main]` of an .ini says (`use = egg:courseshop`), until stopped.

    `workers` is how many processes answer, all other settings are those of waitress. Raises
    ConfigurationError, which names the setting at fault.
    """
    number = number_of(workers)
    if number == 1:
        serve(app, settings)
        return 0
    if settings.get("unix_socket"):
        raise ConfigurationError("unix_socket: one process listens at it; set workers = 1")
    sockets = bind(settings, number)
    others = {name: value for name, value in settings.items() if name not in PLACES}

    def serve_at(place: int) -> None:
        serve(app, {**others, "sockets": sockets[place]}, told=place == 0)

    supervise(serve_at, number)
    return 0


def number_of(workers: str) -> int:
    if not workers.isascii() or not workers.isdigit() or not int(workers):
        raise ConfigurationError(f"workers: {workers!r} is no number of processes, such as 2")
    if int(workers) > 1 and not hasattr(os, "fork"):
        raise ConfigurationError("workers: this system can only have 1")
    return int(workers)


def serve(app: Any, settings: Mapping[str, Any], *, told: bool = True) -> None:
    """Answer requests until this process is stopped; the log is `told` where."""
    served: dict[int, Any] = {}
    server = create_server(app, map=served, **settings)
    for one in served.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
    if told:
        server.print_listen("Serving on http://{}:{}")
    server.run()


def bind(settings: Mapping[str, str], number: int) -> list[list[socket.socket]]:
    """Return for each of so many processes its sockets, at the addresses that the settings name.

    Linux shares connections out among sockets at one address; elsewhere all take them from one.
    Raises ConfigurationError for an address that is taken, be it by a shop that shares its own.
    """
    places = Adjustments(**settings).listen
    alone = [open_socket(*place, shared=False) for place in places]
    if sys.platform != "linux":
        return [alone] * number
    bound = [one.getsockname() for one in alone]
    for one in alone:
        one.close()
    kinds = [(*place[:3], name) for place, name in zip(places, bound, strict=True)]
    return [[open_socket(*kind, shared=True) for kind in kinds] for _ in range(number)]


def open_socket(
    family: int, kind: int, protocol: int, address: Any, *, shared: bool
) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        # Else it would be in the way of the same port by IPv4.
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind(address)
    except OSError as error:
        made.close()
        where = f"{address[0]}:{address[1]}"
        raise ConfigurationError(f"listen: {where}: {error.strerror or error}") from error
    return made


def supervise(serve: Callable[[int], None], number: int) -> None:
    """Keep a process running in `serve(place)` for each of so many places, until this one stops.

    They stop when the pipe that all share has no other end any more: so they do, too, when this
    process is killed.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    pipe = os.pipe()
    running: dict[int, int] = {}
    try:
        for place in range(number):
            running[start(serve, place, pipe)] = place
        while True:
            ended, status = os.wait()
            place = running.pop(ended)
            code = os.waitstatus_to_exitcode(status)
            log.error("process %d has ended (%d); another one takes its place", ended, code)
            time.sleep(PAUSE)
            running[start(serve, place, pipe)] = place
    except KeyboardInterrupt:
        return
    finally:
        os.close(pipe[1])
        for one in running:
            with suppress(ChildProcessError):
                os.waitpid(one, 0)


def start(serve: Callable[[int], None], place: int, pipe: tuple[int, int]) -> int:
    """Return the number of a new process in `serve`; it never comes back from here."""
    made = os.fork()
    if made:
        return made
    status = 1
    try:
        os.close(pipe[1])
        # Both make waitress end what it has begun.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        threading.Thread(target=stop_with, args=(pipe[0],), daemon=True).start()
        serve(place)
        status = 0
    except Exception:
        log.exception("a process could not serve")
    finally:
        logging.shutdown()
        os._exit(status)


def stop_with(pipe: int) -> None:
    """Wait for the end of a pipe, and stop this process then."""
    os.read(pipe, 1)
    # The main thread, or its wait for connections would go on.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
