"""ETags: `"<version>.<hash>"` for resources that can be edited, `"<hash>"` for everything else.

The hash covers everything that the page depends on, so that, for example, a new review changes the
ETag of its course. If-Match compares only the version, which only edits change.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from inspect import getfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import MISSING
from pyramid.httpexceptions import HTTPPreconditionFailed
from pyramid.settings import asbool

from courseshop.domain.errors import Refused, Stale
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.framework import adapters
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import JSON, offered

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from types import ModuleType

    from pydantic import BaseModel

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource
    from courseshop.settings import Settings


# What a browser, and then what a JSON client, is told if it sends an older version.
STALE_FORM = _(
    "This was changed after you opened the page, by someone else or in another tab. Your version "
    "is still in the form. Compare it with the saved version, then save again."
)
STALE = _("This was edited after you read it. Read it again, then send your change.")
# RFC 9110, section 8.8.3. WebOb misses a second tag after a comma without a space.
ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# The end of a compressed response's ETag, as the shop, Apache, Caddy and Jetty add it.
CODING = re.compile(r"--?(?:gzip|br|zstd|deflate)$")


def etag(
    request: Request,
    depends: Iterable[Hashable | Sequence[Hashable]],
    version: int | None = None,
) -> str:
    """Return the ETag, without quotes, of a response that depends on `depends`.

    The hash is keyed with the shop's secret.
    """
    digest = blake2b(digest_size=12, key=request.settings.secret.encode()[:64])
    release = shop_of(request.registry).release
    actor = request.actor
    # Forms contain the session's CSRF token, and a form with another session's token is rejected.
    viewer = (actor.id, actor.role, actor.stamp, actor.limited, request.csrf_token)
    for part in (release, request.application_url, request.locale_name, viewer, *depends):
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    prefix = "" if version is None else f"{version}."
    return f"{prefix}{digest.hexdigest()}"


def matches_if_none_match(request: Request, tag: str) -> bool:
    """Return whether `If-None-Match` says that the client already has this ETag."""
    header = request.headers.get("If-None-Match", "")
    return header.strip() == "*" or tag in {found for _weak, found in sent_tags(header)}


def sent_tags(header: str) -> list[tuple[bool, str]]:
    """Return the ETags in a header: whether each is weak, and its text without the coding."""
    found = ((bool(weak), tag, CODING.sub("", tag)) for weak, tag in ETAG.findall(header))
    # A weak tag never matches If-Match (section 13.1.1), except one that a proxy derived from ours.
    return [(weak and tag == plain, plain) for weak, tag, plain in found]


def is_conditional(request: Request) -> bool:
    """Return whether the request has an If-Match or If-None-Match header."""
    return not {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"}.isdisjoint(request.environ)


def check_conditions(place: Resource, request: Request) -> None:
    """Raise HTTPPreconditionFailed if a condition of a write is not met (RFC 9110, section 13).

    If-Match requires that the resource was not edited after the client read it; If-None-Match
    requires that it was edited or, with "*", that it does not exist yet.
    """
    wanted, known = (request.headers.get(name) for name in ("If-Match", "If-None-Match"))
    if wanted is not None and not is_current(place, request, wanted, weak=False):
        raise HTTPPreconditionFailed(detail=STALE)
    if known is not None and is_current(place, request, known, weak=True):
        if known.strip() == "*":
            raise HTTPPreconditionFailed(
                detail=_("Something already exists at this address (If-None-Match).")
            )
        raise HTTPPreconditionFailed(
            detail=_("Not done: the content has not changed since you read it (If-None-Match).")
        )


def is_current(place: Resource, request: Request, header: str, *, weak: bool) -> bool:
    """Return whether a header matches the current version; "*" matches any existing resource.

    Places without a version are compared by their ETags. Weak tags count only if `weak`.
    """
    key = place.key()
    tags = {tag for is_weak, tag in sent_tags(header) if weak or not is_weak}
    if key is None:
        current = tags_of_body(place, request)
    else:
        # Version 0 means that the resource does not exist yet.
        current, tags = {str(key[0])} - {"0"}, {tag.partition(".")[0] for tag in tags}
    return bool(current if header.strip() == "*" else current & tags)


def tags_of_body(place: Resource, request: Request) -> set[str]:
    """Return the current ETags of the JSON of a place that has no version."""
    front = adapters.page(place, "GET", "")
    if front is None or not front.linked:
        return set()
    request.accepted = front.accepts() if front.accepts else None
    body = dumps(front.data(place, request, front.value(place, request)))
    # This Link header belongs to the page built here, not to the response.
    request.response.headers.pop("Link", None)
    return {etag(request, (kind, body)) for kind in offered((JSON,))}


def check_version(place: Resource, request: Request) -> None:
    """Raise Stale if the form was created from a version other than the stored one.

    Like If-Match, this is checked before the fields are validated.
    """
    sent = dict(request.sent_fields).get("version")
    key = place.key()
    if sent is not None and key is not None and sent != str(key[0]):
        raise Stale("", "stale", STALE_FORM)


def check_sent_version(place: Resource, accepted: BaseModel | None) -> None:
    """Raise Stale for JSON of an older version, Refused for a version that never existed."""
    sent, key = getattr(accepted, "version", MISSING), place.key()
    if not isinstance(sent, int) or key is None or sent == key[0]:
        return
    if sent < key[0]:
        raise Stale("version", "stale", STALE)
    raise Refused(
        "version", "read_only", _("This field is read-only; omit it or send it unchanged.")
    )


def release_of(modules: Iterable[ModuleType], settings: Settings) -> str:
    """Return a hash of the code, templates and settings that determine the pages.

    It is the same on every machine that runs the same shop.
    """
    digest = blake2b(settings.model_dump_json().encode(), digest_size=12)
    for module in modules:
        file = Path(getfile(module))
        folder = file.parent
        for path in sorted(folder.rglob("*")) if file.stem == "__init__" else [file]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def templates_may_change(config: Configurator) -> bool:
    settings = config.get_settings()
    keys = ("pyramid.reload_templates", "pyramid.reload_all")
    return any(asbool(settings.get(key, False)) for key in keys)


def find_release(config: Configurator, modules: Iterable[ModuleType]) -> str | None:
    """Return the release, or None while templates may change at runtime."""
    if templates_may_change(config):
        return None
    return release_of(modules, shop_of(config.registry).settings)
