"""Where mail goes: a server that speaks SMTP, or the console."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
SECONDS = 30
# What smtplib raises is an OSError; of these the message is the reason.
MESSAGES_FAULT = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


class Outage(Exception):  # noqa: N818 - no fault of the program, nor of the message
    """The server takes no mail at all just now."""


@contextmanager
def transport(where: str, echo: Callable[[str], None]) -> Iterator[Callable[[EmailMessage], None]]:
    """Yield a function that sends one message to `where`, the setting `courseshop.mail`.

    The console is `echo`. A server is called when there is something to send, and once. Raises
    Outage when it takes nothing; whatever else it says to a message is raised as smtplib does.
    """
    if where == "console":
        yield lambda message: echo(readable(message))
        return
    server = Server(where)
    try:
        yield server.send
    finally:
        server.close()


def readable(message: EmailMessage) -> str:
    """Return a message as people read it: no encoding breaks its lines, or its links."""
    headers = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    return f"{headers}\n\n{message.get_content()}"


class Server:
    """A connection to an SMTP server, opened by the first message."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        try:
            self.smtp = self.smtp or self._connect()
            self.smtp.send_message(message)
        except MESSAGES_FAULT:
            # The server has spoken of this message; the next one may pass.
            raise
        except OSError as error:
            self.close()
            raise Outage(str(error)) from error

    def _connect(self) -> smtplib.SMTP:
        host, scheme = self.url.hostname or "", self.url.scheme
        port, context = self.url.port or PORTS[scheme], ssl.create_default_context()
        if scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(host, port, timeout=SECONDS)
        if scheme == "smtp+starttls":
            smtp.starttls(context=context)
        if self.url.username:
            smtp.login(unquote(self.url.username), unquote(self.url.password or ""))
        return smtp

    def close(self) -> None:
        if self.smtp is not None:
            try:
                self.smtp.quit()
            except (smtplib.SMTPException, OSError):
                self.smtp.close()
            self.smtp = None
