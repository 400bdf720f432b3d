from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask
from waitress.wasyncore import dispatcher

class HTTPChannel(dispatcher):
    task_class: type[WSGITask]
    requests: list[HTTPRequestParser]
