from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask
from waitress.wasyncore import dispatcher

class HTTPChannel(dispatcher):
    server: BaseWSGIServer
    request: HTTPRequestParser | None
    requests: list[HTTPRequestParser]
    close_when_flushed: bool
    task_class: type[WSGITask]
    parser_class: type[HTTPRequestParser]
