"""Waitress, as the shop is served by it: several processes at one address.

Waitress itself is one process, whose threads share one lock of the interpreter.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from courseshop.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from courseshop.workers import Line

# Where waitress listens, which is decided before its processes start.
PLACES = ("listen", "host", "port", "ipv4", "ipv6")


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
    others = {name: value for name, value in settings.items() if name not in PLACES}
    listeners = listen(settings)

    def serve_by(place: int, lines: list[Line]) -> None:
        serve(app, {**others, "sockets": listeners}, lines, told=place == 0)

    Workers(serve_by, listeners, number).run()
    return 0


def number_of(workers: str) -> int:
    if not workers.isascii() or not workers.isdigit() or not int(workers):
        raise ConfigurationError(f"workers: {workers!r} is no number of processes, such as 2")
    if int(workers) > 1 and not hasattr(os, "fork"):
        raise ConfigurationError("workers: this system can only have 1")
    return int(workers)


def serve(
    app: Any, settings: Mapping[str, Any], lines: Sequence[Line] = (), *, told: bool = True
) -> None:
    """Answer requests until this process is stopped; the log is `told` where.

    With `lines`, one for each of the settings' sockets, connections come from there.
    """
    served: dict[int, Any] = {}
    server = create_server(app, map=served, **settings)
    ours = [one for one in served.values() if isinstance(one, BaseWSGIServer)]
    for one in ours:
        one.channel_class = Channel
    for one, line in zip(ours, lines, strict=bool(lines)):
        one.del_channel()
        one.socket.close()
        line.setblocking(False)
        one.set_socket(line)
    if told:
        server.print_listen("Serving on http://{}:{}")
    server.run()


def listen(settings: Mapping[str, str]) -> list[socket.socket]:
    """Return sockets that listen at the addresses which the settings name.

    Raises ConfigurationError for an address that is taken.
    """
    wanted = Adjustments(**settings)
    opened = [open_socket(*place) for place in wanted.listen]
    for one in opened:
        one.setblocking(False)
        one.listen(wanted.backlog)
    return opened


def open_socket(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
