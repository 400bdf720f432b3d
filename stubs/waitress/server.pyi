from _typeshed.wsgi import WSGIApplication
from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import dispatcher

class BaseWSGIServer(dispatcher):
    channel_class: type[HTTPChannel]
    task_dispatcher: ThreadedTaskDispatcher
    def print_listen(self, format_str: str) -> None: ...
    def run(self) -> None: ...

class MultiSocketServer:
    def print_listen(self, format_str: str) -> None: ...
    def run(self) -> None: ...

def create_server(
    application: WSGIApplication, map: dict[int, dispatcher] | None = None, **kw: str
) -> BaseWSGIServer | MultiSocketServer: ...
