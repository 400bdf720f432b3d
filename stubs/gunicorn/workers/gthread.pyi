import socket

from gunicorn.http.message import Request

class TConn: ...

class ThreadWorker:
    alive: bool
    nr_conns: int
    worker_connections: int
    sockets: list[socket.socket]
    def accept(self, listener: socket.socket) -> None: ...
    def handle_request(self, req: Request, conn: TConn) -> bool: ...
    def set_accept_enabled(self, enabled: bool) -> None: ...
