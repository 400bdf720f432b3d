from _typeshed.wsgi import WSGIApplication
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import dispatcher

class BaseWSGIServer(dispatcher):
    adj: Adjustments
    task_dispatcher: ThreadedTaskDispatcher
    channel_class: type[HTTPChannel]
    active_channels: dict[int, HTTPChannel]
    def handle_accept(self) -> None: ...
    def print_listen(self, format_str: str) -> None: ...
    def pull_trigger(self) -> None: ...

class MultiSocketServer:
    adj: Adjustments
    task_dispatcher: ThreadedTaskDispatcher
    def print_listen(self, format_str: str) -> None: ...

def create_server(
    application: WSGIApplication, map: dict[int, dispatcher] | None = None, **kw: str
) -> BaseWSGIServer | MultiSocketServer: ...
