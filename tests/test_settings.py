"""The settings in .ini files, and what start-up refuses."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import ROOT, write_ini
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings

from courseshop import configure, main
from courseshop.domain.shop import shop_of
from courseshop.settings import PREFIX, Settings

URL = "https://shop.example"
GOOD = "Zx8-kkPqLm3vR7tYw2NcBd5Fg6Hj9Sa1"


def production(url="sqlite://", **settings):
    ini = get_appsettings(str(ROOT / "production.ini"))
    own = {"sqlalchemy.url": url, "courseshop.secret": GOOD, "courseshop.url": URL}
    return {**ini, **own, **settings}


def refusal(ini):
    with pytest.raises(ConfigurationError) as refused:
        main({}, **ini)
    return str(refused.value)


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_each_ini_describes_every_setting(name):
    lines = (ROOT / name).read_text().splitlines()
    for field, info in Settings.model_fields.items():
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{PREFIX}{field} ="))
        assert lines[at - 1] == f"# {info.description}"


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_waitress_settings_are_fast_and_robust(name):
    parser = configparser.RawConfigParser()
    parser.read(ROOT / name)
    server = parser["server:main"]
    assert server.getint("send_bytes") >= 65_536
    assert server.getint("connection_limit") == 2_000
    assert server.getboolean("asyncore_use_poll")
    assert server.getint("max_request_header_size") == 8_192
    assert server.getint("max_request_body_size") > parser["app:main"].getint("courseshop.max_body")


def test_defaults_equal_production_ini(monkeypatch):
    monkeypatch.setenv("COURSESHOP_SECRET", GOOD)
    monkeypatch.setenv("COURSESHOP_URL", URL)
    ini = get_appsettings(str(ROOT / "production.ini"))
    own = {key.removeprefix(PREFIX): value for key, value in ini.items() if key.startswith(PREFIX)}
    given = {"secret": GOOD, "url": URL}
    assert Settings(**{**own, **given}) == Settings(**given)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("courseshop.nmae", "x", "unknown setting; expected one of courseshop.name"),
        ("courseshop.max_body", "much", "courseshop.max_body = 'much'"),
        ("courseshop.max_body", "1", "greater than or equal to 1024"),
        ("courseshop.currency", "dollars", "ISO 4217"),
        ("courseshop.currency", "QQQ", "'QQQ' is not a currency"),
        ("courseshop.locales", "en xx_YY", "'xx_YY' is not a locale"),
        ("courseshop.locales", "", "locales offered"),
        ("courseshop.mode", "debug", "'development' or 'production'"),
        ("courseshop.write_attempts", "0", "courseshop.write_attempts"),
        ("courseshop.token_limit", "many", "'many' is not a limit such as 10 per 5 minutes"),
        ("courseshop.sqlite_synchronous", "off", "'normal' or 'full'"),
        (
            "courseshop.name",
            "env:NO_SUCH_NAME",
            "courseshop.name: the environment variable NO_SUCH_NAME",
        ),
        ("courseshop.name", "file:/no/such/file", "courseshop.name: cannot read /no/such/file"),
        (
            "courseshop.name",
            "file:relative/name",
            "courseshop.name: relative/name is not an absolute path",
        ),
        ("courseshop.hosts", "http://shop.example/", "is not a host name (without"),
        ("courseshop.hosts", "shop.example:80", "is not a host name (without"),
        ("courseshop.logo", "/no/such.svg", "there is no SVG or PNG file"),
        (
            "pyramid.includes",
            "no_such_package",
            "pyramid.includes: there is no package 'no_such_package'",
        ),
        ("sqlalchemy.url", "", "sqlalchemy.url: missing"),
        ("sqlalchemy.url", "nonsense", "sqlalchemy.url"),
    ],
)
def test_invalid_key_or_value_stops_startup_naming_key(key, value, expected):
    message = refusal(production(**{key: value}))
    assert key in message
    assert expected in message


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "missing"),
        ("short", "too short (5 characters)"),
        ("development only, everyone can read this", "well-known words"),
        ("changeme" * 5, "well-known words"),
        ("a" * 40, "too regular"),
        ("my secret is changeme changeme changeme", "well-known words"),
        ("courseshop-secret-courseshop-secret-1", "well-known words"),
    ],
)
def test_production_refuses_a_weak_secret(secret, why):
    message = refusal(production(**{"courseshop.secret": secret}))
    assert message.startswith("courseshop.secret: ")
    assert why in message


def test_production_refuses_to_start_without_its_url():
    message = refusal(production(**{"courseshop.url": ""}))
    assert message.startswith("courseshop.url: missing; set it to the public URL")


@pytest.mark.parametrize(
    ("url", "hosts", "expected"),
    [
        ("https://shop.example", "", ("shop.example",)),
        ("https://SHOP.example:8443/learn", "", ("shop.example",)),
        ("https://shop.example", "a.example b.example", ("a.example", "b.example")),
        ("", "", ()),
    ],
)
def test_allowed_hosts_default_to_host_of_url(url, hosts, expected):
    assert Settings(mode="development", url=url, hosts=hosts).allowed_hosts == expected


@pytest.mark.parametrize("variable", ["PYRAMID_DEBUG_ALL", "PYRAMID_RELOAD_TEMPLATES"])
def test_production_refuses_debugging_by_environment(monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    assert variable in refusal(production())


@pytest.mark.parametrize(
    "key",
    [
        "pyramid.reload_templates",
        "pyramid.debug_all",
        "pyramid.debug_authorization",
        "pyramid.reload_all",
        "debug_all",
    ],
)
def test_production_refuses_debugging(key):
    assert "debugging is on" in refusal(production(**{key: "true"}))


def test_production_refuses_the_debug_toolbar():
    assert "pyramid.includes" in refusal(production(**{"pyramid.includes": "pyramid_debugtoolbar"}))


@pytest.mark.databases
def test_production_refuses_outdated_schema(new_database):
    assert "courseshop init" in refusal(production(new_database()))


@pytest.mark.databases
def test_production_starts_with_a_current_schema(migrated_database):
    assert main({}, **production(migrated_database()))


def test_values_may_come_from_the_environment_or_a_file(monkeypatch, tmp_path):
    (tmp_path / "name").write_text("Evening School\nanother line\n")
    monkeypatch.setenv("SHOP_SECRET", GOOD)
    settings = {"courseshop.name": f"file:{tmp_path}/name", "courseshop.secret": "env:SHOP_SECRET"}
    shop = shop_of(configure(production(**settings)).registry).settings
    assert (shop.name, shop.secret) == ("Evening School", GOOD)


def test_production_shop_without_secret_fails_with_message(tmp_path):
    ini = tmp_path / "production.ini"
    ini.write_text((ROOT / "production.ini").read_text())
    pserve = [sys.executable, "-m", "pyramid.scripts.pserve", str(ini)]
    done = subprocess.run(pserve, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "courseshop.secret: the environment variable COURSESHOP_SECRET is not set" in done.stderr


def test_disallowed_host_gets_400(tmp_path):
    from helpers import Shop

    ini = write_ini(
        tmp_path, f"sqlite:///{tmp_path}/x.sqlite", **{"courseshop.hosts": "Shop.Example"}
    )
    shop = Shop.open(Path(ini))
    assert shop.get("/livez", Host="shop.example:8080").status_int == 200
    assert shop.get("/livez", Host="SHOP.example").status_int == 200
    assert shop.get("/robots.txt", Host="shop.example").status_int == 200
    assert shop.get("/robots.txt", Host="evil.example").status_int == 400
    assert shop.get("/livez", Host="10.0.0.7").status_int == 200
    shop.close()


def test_name_tagline_and_logo_come_from_the_ini(tmp_path):
    from helpers import Shop

    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    settings = {
        "courseshop.name": "Evening & Co",
        "courseshop.tagline": "After <work>.",
        "courseshop.logo": str(logo),
    }
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/x.sqlite", **settings))
    shop.init()
    page = shop.get("/").html
    assert page.find(class_="brand").text.strip() == "Evening & Co"
    assert page.h1.text == "After <work>."
    assert shop.get("/logo").body == logo.read_bytes()
    assert shop.get("/logo").content_type == "image/svg+xml"
    home = shop.json("/").json
    assert (home["name"], home["tagline"]) == ("Evening & Co", "After <work>.")
    shop.close()
