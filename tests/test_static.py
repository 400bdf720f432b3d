"""Static files: cached forever by their hashed names, and sent compressed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile

import compressing
import pytest
from described import DescribedApp
from helpers import ROOT, Shop
from webob import Request

from courseshop import configure
from courseshop.domain.shop import shop_of
from courseshop.framework import static

CSS = compressing.STATIC / "shop.css"
COMPRESSED = compressing.compressed()
HASHED = re.compile(r'"http://localhost(/static/[\w./-]+\.[0-9a-f]{12}\.\w+)"')


def ask(shop, url, method="GET", **headers):
    """Return the response as it is sent; WebTest would decompress it."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Request.blank(url, method=method, headers=headers).get_response(shop.app.app)
    # The file stays open until the body is read.
    assert answer.body is not None
    return answer


def linked(shop):
    return HASHED.findall(ask(shop, "/api").text.replace('="/', '="http://localhost/'))


@pytest.fixture(scope="module")
def css(demo):
    return next(url for url in linked(demo) if "/shop." in url)


@pytest.fixture
def shop_with(tmp_path):
    """Return a function that opens a shop with other settings or more configuration."""

    def open_shop(configured=lambda _config: None, **settings):
        ini = {
            "sqlalchemy.url": f"sqlite:///{tmp_path}/shop.sqlite",
            "courseshop.mode": "development",
        }
        config = configure({**ini, **settings})
        configured(config)
        return Shop(config.registry, DescribedApp(config.make_wsgi_app(), lint=False))

    return open_shop


def test_linked_files_have_hashed_names_and_are_immutable(demo):
    urls = linked(demo)
    assert len(urls) == 5
    for url in urls:
        answer = ask(demo, url)
        assert answer.status_int == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Expires" not in answer.headers


def test_unchanged_file_keeps_its_name_in_another_release(demo, shop_with):
    other = shop_with(**{"courseshop.name": "Another"})
    assert shop_of(other.registry).release != shop_of(demo.registry).release
    assert linked(other) == linked(demo)


@pytest.mark.parametrize("name", ["shop.css", "shop.0123456789ab.css"])
def test_plain_name_and_name_of_another_release_are_revalidated(demo, css, name):
    answer = ask(demo, f"/static/{name}")
    assert answer.status_int == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.body == ask(demo, css).body == CSS.read_bytes()


@pytest.mark.parametrize(
    "name",
    ["nothing.css", "nothing.0123456789ab.css", "shop.0123456789AB.css", "shop.0123456789.css",
     "shop.0123456789ab.0123456789ab.css", "0123456789ab.css", ".0123456789ab", "fonts", "shop.css.gz", "shop.css.br",
     "shop.0123456789ab.css.gz", "shop.css.0123456789ab.gz", "shop.css.gz.0123456789ab", "fonts.0123456789ab",
     "x" * 300, "fonts/shop.css", "shop.css/0123456789ab"],
)  # fmt: skip
def test_unknown_file_gets_404(demo, name):
    answer = ask(demo, f"/static/{name}")
    assert answer.status_int == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_folder_with_trailing_slash_is_redirected(demo):
    answer = ask(demo, "/static/fonts/")
    assert (answer.status_int, answer.location) == (308, "http://localhost/static/fonts")


def test_other_spellings_redirect_and_other_methods_get_405(demo, css):
    answer = ask(demo, css.replace("/shop", "/./%73hop"))
    assert (answer.status_int, answer.location) == (308, f"http://localhost{css}")
    refused = ask(demo, css, method="POST")
    assert (refused.status_int, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ask(demo, css, method="OPTIONS").status_int == 204


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip"), ("deflate", None), (None, None)],
)  # fmt: skip
def test_file_is_sent_in_accepted_encoding(demo, css, accepted, encoding):
    headers = {"Accept-Encoding": accepted} if accepted else {}
    answer, head = ask(demo, css, **headers), ask(demo, css, "HEAD", **headers)
    ending = {"gzip": ".gz", "br": ".br", None: ""}[encoding]
    assert answer.body == CSS.with_name(CSS.name + ending).read_bytes()
    assert answer.content_encoding == encoding
    assert answer.vary == ("Accept-Encoding",)
    assert answer.content_type == "text/css"
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert (head.content_length, head.body) == (len(answer.body), b"")


def test_uncompressed_file_has_no_vary_header(demo):
    answer = ask(demo, "/static/fonts/hanken-LICENSE", Accept_Encoding="gzip, br")
    assert (answer.status_int, answer.vary, answer.content_encoding) == (200, None, None)


@pytest.mark.parametrize("name", ["shop.css", "shop.0123456789ab.css"])
def test_unchanged_file_gets_304_in_each_encoding(demo, name):
    url, tags = f"/static/{name}", set()
    for accepted in ("identity", "gzip", "br"):
        had = ask(demo, url, Accept_Encoding=accepted)
        again = ask(demo, url, Accept_Encoding=accepted, If_None_Match=had.headers["ETag"])
        assert (again.status_int, again.body) == (304, b"")
        for header in ("ETag", "Cache-Control", "Vary"):
            assert again.headers[header] == had.headers[header]
        dated = ask(
            demo, url, Accept_Encoding=accepted, If_Modified_Since=had.headers["Last-Modified"]
        )
        assert dated.status_int == 304
        tags.add(had.headers["ETag"])
    assert len(tags) == 3


@pytest.mark.parametrize("pattern", ['W/"{}"', '"{}-br"', 'W/"{}-br"', '"{}-gzip"', '"x", "{}"'])
@pytest.mark.parametrize("accepted", ["identity", "gzip", "br"])
def test_a_tag_is_304_with_the_mark_of_any_coding(demo, accepted, pattern):
    tag = ask(demo, "/static/shop.css").headers["ETag"].strip('"')
    known = pattern.format(tag)
    again = ask(demo, "/static/shop.css", Accept_Encoding=accepted, If_None_Match=known)
    assert (again.status_int, again.body) == (304, b"")


def test_range_request_works_while_file_is_unchanged(demo, css):
    whole = ask(demo, css, Accept_Encoding="gzip")
    part = {"Accept_Encoding": "gzip", "Range": "bytes=10-19"}
    answer = ask(demo, css, **part, If_Range=whole.headers["ETag"])
    assert (answer.status_int, answer.body) == (206, whole.body[10:20])
    assert ask(demo, css, **part, If_Range='"of-old"').body == whole.body


def test_reloading_templates_disables_hashed_names_and_compression(shop_with):
    shop = shop_with(**{"pyramid.reload_templates": "true"})
    page = ask(shop, "/api").text
    assert 'href="http://localhost/static/shop.css"' in page.replace('="/', '="http://localhost/')
    assert HASHED.findall(page) == []
    answer = ask(shop, "/static/shop.css", Accept_Encoding="gzip, br")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.body == CSS.read_bytes()


def test_replaced_file_is_not_immutable_under_old_name(shop_with, tmp_path):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "shop.css").write_text("a { color: red }")
    shop = shop_with(lambda config: config.override_asset(static.FOLDER, f"{folder}/"))
    url = next(url for url in linked(shop) if "/shop." in url)
    assert ask(shop, url).headers["Cache-Control"].endswith("immutable")
    (folder / "new.css").write_text("a { color: blue }")
    (folder / "new.css").replace(folder / "shop.css")
    answer = ask(shop, url)
    assert answer.text == "a { color: blue }"
    assert answer.headers["Cache-Control"] == "public, no-cache"


def test_overridden_file_is_sent_instead_of_compressed_original(shop_with, tmp_path, css):
    (tmp_path / "own.css").write_text("a { color: red }")
    shop = shop_with(
        lambda config: config.override_asset(f"{static.FOLDER}shop.css", f"{tmp_path}/own.css")
    )
    url = next(url for url in linked(shop) if "/shop." in url)
    assert url != css
    answer = ask(shop, url, Accept_Encoding="gzip, br")
    assert (answer.text, answer.content_encoding) == ("a { color: red }", None)
    assert answer.headers["Cache-Control"].endswith("immutable")


def test_plugin_can_have_its_own_static_files(shop_with, tmp_path):
    (tmp_path / "own.css").write_text("a { color: red }")
    shop = shop_with(lambda config: config.add_static_view("own", str(tmp_path), cache_max_age=60))
    answer = ask(shop, "/own/own.css")
    assert (answer.text, answer.headers["Cache-Control"]) == ("a { color: red }", "max-age=60")
    with shop.reading() as request:
        assert request.static_url(f"{tmp_path}/own.css") == "http://localhost/own/own.css"


def test_names_without_file_are_not_cached(demo):
    files = next(
        entry["introspectable"]["callable"]
        for entry in demo.registry.introspector.get_category("views")
        if isinstance(entry["introspectable"]["callable"], static.StaticFiles)
    )
    ask(demo, "/static/nothing.css")
    assert "static/shop.css" in files.filemap
    assert "static/nothing.css" not in files.filemap


@pytest.mark.parametrize("path", COMPRESSED, ids=lambda path: path.name)
def test_compressed_file_matches_its_source_and_is_smaller(path):
    source, small = path.with_suffix("").read_bytes(), path.read_bytes()
    assert compressing.DECOMPRESS[path.suffix](small) == source, "run: make static"
    assert len(small) < len(source)


def test_exactly_the_compressible_files_are_compressed():
    expected = {
        path.with_name(path.name + ending)
        for path in compressing.texts()
        for ending, compress in compressing.COMPRESS.items()
        if len(compress(path.read_bytes())) < path.stat().st_size
    }
    assert set(COMPRESSED) == expected, "run: make static"


@pytest.mark.slow
def test_wheel_contains_all_static_files(tmp_path):
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(
        ROOT / "courseshop", tmp_path / "courseshop", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        ".",
    ]
    subprocess.run(command, check=True, cwd=tmp_path)
    packed = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    folder = ROOT / "courseshop" / "static"
    here = [str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file()]
    assert {name for name in packed if name.startswith("courseshop/static/")} == set(here)
