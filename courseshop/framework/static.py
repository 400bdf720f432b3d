"""Static files: URLs contain a hash of the file's content, so browsers can cache them forever."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from pyramid.httpexceptions import HTTPNotFound
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view

from courseshop.framework.canonical import STATIC_ROUTE
from courseshop.framework.conditional import matches_if_none_match, templates_may_change

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

FOLDER = "courseshop:static/"
# `make static` compresses files in advance, so that no request waits for it.
ENCODINGS = ("br", "gzip")
COMPRESSED = (".br", ".gz")
HASH = re.compile(r"\.[0-9a-f]{12}(?=(?:\.[^./]+)?\Z)")
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


# Further options of `static_url`, which are passed on unchanged.
Options = TypeVar("Options")


class StaticFiles(static_view):
    """The view of a folder, and the cache buster for its URLs.

    A response is immutable only if the hash in its URL is the hash of the file. Any other hash
    belongs to another release, and the current content must not be cached under it.
    """

    def __init__(self, folder: str, *, changing: bool) -> None:
        """Serve the folder of an asset specification; if `changing`, reread it for each request."""
        # Compressed copies are not updated with every change.
        encodings = () if changing else ENCODINGS
        super().__init__(
            folder, None, use_subpath=True, reload=changing, content_encodings=encodings
        )
        self.names: dict[str, str] = {}

    def __call__(self, context: Resource, request: Request) -> Response:
        response = super().__call__(context, request)
        asked = self.docroot + "/".join(request.subpath)
        name, encoding = plain(asked), response.content_encoding
        tag = self.tag(name)
        kept = FOR_GOOD if asked == hashed(name, tag) else ASK_AGAIN
        response.headers["Cache-Control"] = kept
        response.etag = f"{tag}-{encoding}" if encoding else tag
        if matches_if_none_match(request, tag):
            # WebOb compares tags as they are. This one may be of another coding, or weak.
            request.environ["HTTP_IF_NONE_MATCH"] = f'"{response.etag}"'
        return response

    def bust(self, _request: Request, subpath: str, kw: Options) -> tuple[str, Options]:
        """Return the path of a file for its URL, and `kw` (pyramid.interfaces.ICacheBuster)."""
        if subpath not in self.names:
            tag = self.tag(self.docroot + subpath)
            self.names[subpath] = hashed(subpath, tag) if tag else subpath
        return self.names[subpath], kw

    def tag(self, name: str) -> str:
        """Return the hash of a file, or "" if it does not exist."""
        files = self.get_possible_files(name)
        return next((hash_of(path) for path, encoding in files if encoding is None), "")

    def get_resource_name(self, request: Request) -> str:
        name = plain(super().get_resource_name(request))
        if name.endswith(COMPRESSED):
            raise HTTPNotFound(request.url)
        return name

    def find_resource_path(self, name: str) -> str | None:
        """Return the path of a file, or None if there is none, or only a folder of this name."""
        path = super().find_resource_path(name)
        return path if path and Path(path).is_file() else None

    def get_possible_files(self, resource_name: str) -> list[tuple[str, str | None]]:
        """Return a file and its compressed copies.

        If a plugin overrides the file, the compressed copies of the original are left out.
        """
        files = super().get_possible_files(resource_name)
        if not files:
            # Pyramid caches every name forever, and the names of missing files are unlimited.
            self.filemap.pop(resource_name, None)
        itself = next((path for path, encoding in files if encoding is None), None)
        return [one for one in files if itself and one[0].startswith(itself)]

    def add_slash_redirect(self, request: Request) -> HTTPNotFound:
        """Return 404 for a folder, because folders have no page."""
        return HTTPNotFound(request.url)


def hashed(path: str, tag: str) -> str:
    """Return `shop.css` as `shop.<tag>.css`."""
    name = PurePosixPath(path)
    return str(name.with_stem(f"{name.stem}.{tag}"))


def plain(path: str) -> str:
    """Return `shop.<any tag>.css` as `shop.css`."""
    return HASH.sub("", path, count=1)


def hash_of(path: str) -> str:
    """Return the hash of a file, cached until its modification time changes."""
    return made_of(path, Path(path).stat().st_mtime_ns)


@lru_cache(1_000)
def made_of(path: str, _changed: int) -> str:
    return blake2b(Path(path).read_bytes(), digest_size=6).hexdigest()


def add_urls(config: Configurator) -> None:
    config.add_static_view("static", FOLDER)


def includeme(config: Configurator) -> None:
    changing = templates_may_change(config)
    files = StaticFiles(FOLDER, changing=changing)
    # `static_url` needs this registration. It is included, so that the view below overrides its
    # view.
    config.include(add_urls)
    config.add_view(files, route_name=STATIC_ROUTE, permission=NO_PERMISSION_REQUIRED)
    if not changing:
        config.add_cache_buster(FOLDER, files.bust)
