"""Mail transports: an SMTP server, or the console."""

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
# All exceptions of smtplib are OSErrors; these are caused by the message, not by an outage.
MESSAGES_FAULT = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


class Outage(Exception):  # noqa: N818 - neither the program nor the message is at fault
    """The mail server accepts no mail at the moment."""


@contextmanager
def transport(where: str, echo: Callable[[str], None]) -> Iterator[Callable[[EmailMessage], None]]:
    """Yield a function that sends a message to `where`, the setting `courseshop.mail`.

    For the console, it prints the message with `echo`. For a server, it connects when the first
    message is sent, and uses one connection for all. It raises Outage if the server accepts no
    mail, and the exception of smtplib if the server refuses the message.
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
    """Return a message as readable text, without the encoding that would break long links."""
    headers = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    return f"{headers}\n\n{message.get_content()}"


class Server:
    """A connection to an SMTP server, opened for the first message."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        try:
            self.smtp = self.smtp or self._connect()
            self.smtp.send_message(message)
        except MESSAGES_FAULT:
            # The server refuses this message only; the next one may be accepted.
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
