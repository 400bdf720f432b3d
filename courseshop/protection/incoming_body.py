"""Read the whole body of a request, before anything holds a lock, and check its syntax."""

from __future__ import annotations

import io
from codecs import BOM_UTF8
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from pyramid.httpexceptions import HTTPBadRequest, HTTPLengthRequired, HTTPRequestEntityTooLarge

from courseshop.domain.i18n import _
from courseshop.framework.negotiation import FORM, UTF8, charset_of, is_coded, is_json
from courseshop.protection.request_body import check_form, check_json, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import InputStream, WSGIEnvironment

CHUNK = 65_536
# Environ key of the temporary file that holds the body.
STORED = "courseshop.stored-body"


def read_body(environ: WSGIEnvironment, limit: int, *, to_disk: bool = False) -> None:
    """Read the whole body and put it into the environ as a seekable file of known length.

    With `to_disk` it is a file on disk, unless the server has a seekable file already. Raises
    HTTPBadRequest, HTTPLengthRequired, or BodyTooLarge above `limit` bytes.
    """
    length = declared_length(environ, limit)
    body = stored(environ, length, limit) if to_disk else in_memory(environ, length, limit)
    size = body.seek(0, io.SEEK_END)
    body.seek(0)
    if size > limit:
        raise BodyTooLarge(limit)
    if length is not None and size < length:
        raise HTTPBadRequest(detail=_("The body is shorter than its Content-Length."))
    environ["wsgi.input"] = body
    # Otherwise WebOb would copy the body to a file on disk for the retries.
    environ["webob.is_body_seekable"] = True
    environ["CONTENT_LENGTH"] = str(size)
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def declared_length(environ: WSGIEnvironment, limit: int) -> int | None:
    """Return the length that the request declares, None for a chunked body whose end is marked."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise HTTPBadRequest(detail=_("The Content-Length header is not a number."))
    if len(length) > 12 or int(length or 0) > limit:
        raise BodyTooLarge(limit)
    if length or "HTTP_TRANSFER_ENCODING" not in environ:
        return int(length or 0)
    if not environ.get("wsgi.input_terminated"):
        # Unless the server marks the end of a chunked body, reading loses it or blocks forever.
        raise HTTPLengthRequired(detail=_("The request needs a Content-Length header."))
    return None


def in_memory(environ: WSGIEnvironment, length: int | None, limit: int) -> IO[bytes]:
    most = limit + 1 if length is None else length
    return io.BytesIO(environ["wsgi.input"].read(most) if most else b"")


def stored(environ: WSGIEnvironment, length: int | None, limit: int) -> IO[bytes]:
    """Return the body as a file: the server's own, if it is seekable, else a temporary one."""
    source = environ["wsgi.input"]
    if getattr(source, "seekable", bool)():
        found: IO[bytes] = source
        return found
    environ[STORED] = target = TemporaryFile()  # noqa: SIM115 - `closing_body` closes it
    copy(source, target, limit + 1 if length is None else length)
    return target


def copy(source: InputStream, target: IO[bytes], most: int) -> None:
    """Copy at most `most` bytes, and never more than a chunk at once."""
    while most and (chunk := source.read(min(most, CHUNK))):
        target.write(chunk)
        most -= len(chunk)


@contextmanager
def closing_body(environ: WSGIEnvironment) -> Iterator[None]:
    """Close the temporary file of the body, if there is one, at the end of this block."""
    try:
        yield
    finally:
        if STORED in environ:
            environ.pop(STORED).close()


class BodyTooLarge(HTTPRequestEntityTooLarge):
    """A body is larger than `limit` bytes; `form_detail` is the message for a browser."""

    def __init__(self, limit: int) -> None:
        self.form_detail = _(
            "Your form is larger than ${limit} MB. Shorten it and send it again.",
            mapping={"limit": f"{limit / 1_048_576:.2g}"},
        )
        detail = _(
            "That was too large: you can send at most ${limit} KiB.",
            mapping={"limit": limit // 1024},
        )
        super().__init__(detail=detail)


def check_body(environ: WSGIEnvironment) -> None:
    """Raise HTTPBadRequest if the body is not the JSON or the form that its type promises.

    A byte order mark before JSON is ignored (RFC 8259, section 8.1), and one before a form, too:
    PowerShell sends one. A body in another encoding is refused later, by pages that read one.
    """
    body, content_type = environ["wsgi.input"].getvalue(), environ.get("CONTENT_TYPE", "")
    media_type = content_type.partition(";")[0].strip().lower()
    coding = environ.get("HTTP_CONTENT_ENCODING", "")
    if not (body and (is_json(media_type) or media_type == FORM)):
        return
    if charset_of(content_type) not in UTF8 or is_coded(coding):
        return
    body = body.removeprefix(BOM_UTF8)
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    decode(body, _("The body is not valid UTF-8."))
    check_form(body) if media_type == FORM else check_json(body)
