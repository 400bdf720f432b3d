"""Amounts have the decimal places of their currency (ISO 4217), and a shop keeps its currency."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import starmap

import pytest
from alembic import command
from babel.numbers import list_currencies
from browsing import form_with
from helpers import write_ini
from operating import courseshop
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings
from sqlalchemy import select, text
from writers import URL, Writer, publish

from courseshop import importing, main
from courseshop.database import migrations
from courseshop.domain import money
from courseshop.domain.shop import shop_of
from courseshop.models import Course
from courseshop.services import shop_fact

# Currency, an amount, how it looks in English, and an amount with too many decimal places.
CURRENCIES = [
    ("USD", "19.90", "$19.90", "19.901"),
    ("JPY", "1900", "\xa51,900", "19.50"),
    ("KWD", "1.900", "KWD1.900", "1.9001"),
    ("IQD", "1900.500", "IQD1,900.500", "1.9001"),
    ("CLF", "1.9005", "CLF1.9005", "1.90001"),
]
pytestmark = pytest.mark.databases


@pytest.fixture
def open_shop_with(opened):
    """Return a function that opens a shop with a currency and adds an instructor with a course."""

    def open_shop(currency):
        shop = opened(**{"courseshop.currency": currency})
        writer = Writer(shop, "ann")
        writer.write()
        return shop, writer

    return open_shop


@pytest.mark.parametrize(("currency", "amount", "shown", "more"), CURRENCIES)
def test_currency_determines_decimal_places_of_an_amount(
    open_shop_with, currency, amount, shown, more
):
    shop, ann = open_shop_with(currency)
    price = {"amount": amount, "currency": currency}
    assert ann.patch(URL, {"price": {"amount": amount}}).json["price"] == price
    publish(shop, URL)
    page = shop.get(URL)
    assert page.html.find(class_="price").text.strip() == shown
    (linked,) = [
        json.loads(one.text)
        for one in page.html.find_all("script", type="application/ld+json")
        if "offers" in one.text
    ]
    assert amount in json.dumps(linked)
    refused = ann.patch(URL, {"price": {"amount": more}})
    assert refused.status_int == 422
    assert refused.json["errors"][0]["message"] == money.hint(currency)
    with shop.reading() as request:
        assert request.db.scalar(select(Course.price)) == Decimal(amount)


@pytest.mark.one_database
def test_form_uses_decimal_places_of_the_currency(open_shop_with):
    _shop, ann = open_shop_with("JPY")
    form = form_with(ann.browser().get(f"{URL}/edit"), "Save")
    assert form["price"].value == "0"
    form["price"] = "1900"
    assert form.submit().status_int == 303
    form = form_with(ann.browser().get(f"{URL}/edit"), "Save")
    assert form["price"].value == "1900"
    form["price"] = "19.50"
    answer = form.submit(expect_errors=True)
    assert "Enter an amount such as 1900, without decimal places." in answer.text


@pytest.mark.one_database
def test_import_checks_decimal_places_of_the_currency(open_shop_with, tmp_path):
    shop, _ann = open_shop_with("KWD")
    path, form = tmp_path / "x.md", "---\ntitle: Bread\ncategory: Things\nprice: {}\n---\nText."
    reports = []
    for price in ("1.900", "1.9001"):
        path.write_text(form.format(repr(price)))
        with shop.writing() as request:
            reports += importing.run(request, [path])
    assert [one.outcome for one in reports] == ["created", "refused"]
    assert money.hint("KWD") in reports[1].detail


@pytest.mark.one_database
def test_api_description_has_a_pattern_without_decimal_places(open_shop_with):
    shop, _ann = open_shop_with("JPY")
    known = shop.get("/openapi.json").json["components"]["schemas"]
    assert known["Money"]["properties"]["amount"]["pattern"] == "^[0-9]+$"


@pytest.mark.one_database
def test_every_currency_has_decimal_places_and_a_rule():
    assert {money.places(one) for one in list_currencies()} == set(money.HINTS)
    assert list(starmap(money.as_text, ((Decimal("2.5"), "JPY"), (Decimal(2), "BHD")))) == [
        "3", "2.000"
    ]  # fmt: skip


def test_list_by_price_can_be_paged_with_three_decimal_places(open_shop_with):
    shop, ann = open_shop_with("KWD")
    for amount in ("1.901", "1.900", "1.902"):
        slug = ann.write(title=f"At {amount}", price={"amount": amount})["slug"]
        publish(shop, f"/courses/{slug}")
    found, link = [], "/courses?sort=price&limit=1"
    while link:
        page = shop.json(link.removeprefix("http://localhost")).json
        found += [course["price"]["amount"] for course in page["items"]]
        link = page["links"]["next"]
    assert found == ["1.900", "1.901", "1.902"]


def test_currency_cannot_be_changed_once_prices_exist(own_url, tmp_path):
    for currency in ("JPY", "EUR"):
        ini = write_ini(tmp_path, own_url, **{"courseshop.currency": currency})
        assert courseshop("init", ini).returncode == 0
        main({}, **get_appsettings(str(ini)))
    (tmp_path / "x.md").write_text("---\ntitle: Bread\ncategory: Things\nprice: '9'\n---\nText.")
    assert courseshop("import", ini, tmp_path / "x.md").returncode == 0
    assert courseshop("init", ini).returncode == 0
    other = write_ini(tmp_path, own_url, **{"courseshop.currency": "USD"})
    message = "courseshop.currency: is USD, but the prices in the database are in EUR"
    with pytest.raises(ConfigurationError, match=message):
        main({}, **get_appsettings(str(other)))
    for command_line in (("init", other), ("import", other, tmp_path / "x.md")):
        done = courseshop(*command_line)
        assert (done.returncode, message in done.stderr) == (1, True)


@pytest.mark.one_database
@pytest.mark.slow
@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_demo_can_be_loaded_in_other_currencies(own_url, tmp_path, currency):
    ini = write_ini(tmp_path, own_url, **{"courseshop.currency": currency})
    done = courseshop("init", ini, "--demo")
    assert done.returncode == 0, done.stderr


def test_amounts_of_earlier_releases_are_rounded_for_the_currency(shop):
    shop.add_course("bread", price="19.50")
    with shop.writing() as request:
        shop_fact.store_currency(request.db, "JPY")
        assert request.db.scalar(select(Course.price)) == 20
        with pytest.raises(shop_fact.OtherCurrency, match="the database are in JPY"):
            shop_fact.store_currency(request.db, "USD")
        assert shop_fact.read(request.db, shop_fact.CURRENCY) == "JPY"


def test_migration_converts_amounts_in_both_directions(opened, environments):
    shop = opened()
    shop.add_course("bread", price="19.50")
    engine = shop_of(shop.registry).engine
    for move, revision, stored in (
        (command.downgrade, "0021", 1950),
        (command.upgrade, "0022", 195_000),
    ):
        with migrations.migrating(engine) as connection:
            move(environments[0].config(connection), revision)
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT price FROM course")) == stored
