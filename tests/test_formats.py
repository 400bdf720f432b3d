"""Messages in templates are HTML, and their values are escaped exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup
from pyramid.i18n import make_localizer
from pyramid_jinja2 import IJinja2Environment

from courseshop.rendering import filters, formats, labels, messages, templating


@pytest.fixture
def context():
    """Return the part of a template's context that messages need."""
    return SimpleNamespace(parent={"request": SimpleNamespace(localizer=make_localizer("en", []))})


def test_values_in_messages_are_escaped_and_markup_is_kept(context):
    text = messages.gettext(context, "<b>%(one)s</b>, %(two)s", one="<i>", two=Markup("<u>"))
    assert text == Markup("<b>&lt;i&gt;</b>, <u>")


def test_a_value_has_the_same_label_in_every_field():
    names = ("LEVELS", "PRICES", "ORDERS", "REVIEW_ORDERS", "STATUSES", "VISIBILITIES", "REASONS")
    for name in (*names, "DECISIONS", "ROLES", "SCOPES"):
        table = getattr(labels, name)
        assert {value: labels.CHOICES[value] for value in table} == table


def test_percent_sign_is_doubled_with_and_without_values(context):
    assert messages.gettext(context, "100%%") == "100%"
    assert messages.gettext(context, "100%% of %(all)s", all=7) == "100% of 7"


def test_number_chooses_the_plural_form_and_may_be_formatted(context):
    one, many = "%(num)s of %(all)03d", "%(num)s of %(all)03d in all"
    assert messages.ngettext(context, one, many, 1, all=7) == "1 of 007"
    assert messages.ngettext(context, one, many, 2, all=7) == "2 of 007 in all"
    assert (
        messages.ngettext(context, one, many, 2, all=7, num="<two>") == "&lt;two&gt; of 007 in all"
    )
    assert messages.gettext(context, "%(mean).1f", mean=1.25) == "1.2"


def test_undefined_value_raises_an_error(context):
    with pytest.raises(UndefinedError, match="who"):
        messages.gettext(context, "By %(name)s", name=StrictUndefined(name="who"))


def test_gettext_filters_are_the_same_as_the_functions():
    assert {name: filters.JINJA["jinja2.filters"][name] for name in ("gettext", "ngettext")} == {
        "gettext": filters.JINJA["jinja2.globals"]["_"],
        "ngettext": filters.JINJA["jinja2.globals"]["ngettext"],
    }


def test_environment_has_the_settings_of_pyramid_jinja2(demo):
    made = demo.registry.queryUtility(IJinja2Environment, name=".jinja2")
    assert type(made) is templating.Environment
    assert (made.newstyle_gettext, made.trim_blocks, made.undefined) == (
        True,
        True,
        StrictUndefined,
    )
    template = made.from_string("{% trans who=name %}Hello {{ who }}, 100% sure{% endtrans %}")
    with demo.reading() as request:
        assert template.render(name="<b>", request=request) == "Hello &lt;b&gt;, 100% sure"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Dec 1, 2026, 4:15 PM"),
        ("de", "01.12.2026, 16:15"),
        ("ja", "2026/12/01 16:15"),
        ("co", "1 dic. 2026 à 16:15"),
    ],
)
def test_moment_is_shown_to_the_minute(locale, text):
    request = SimpleNamespace(locale_name=locale)
    assert formats.moment(request, datetime(2026, 12, 1, 16, 15, 30, tzinfo=UTC)) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1 week"), (999, "999 weeks"), (3_337, "3,337 weeks")]
)
def test_counted_numbers_have_groups_of_digits(context, number, text):
    assert messages.ngettext(context, "%(num)s week", "%(num)s weeks", number) == text


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(5, "Please try again in 5 min (at 04:20 UTC)."),
     (90, "Please try again in 1 h 30 min (at 05:45 UTC)."),
     (240, "Please try again in 4 h (at 08:15 UTC)."),
     (1_438, "Please try again in 24 h (December 2, 2026 at 04:13 UTC).")],
)  # fmt: skip
def test_long_wait_is_shown_in_hours_and_another_day_with_its_date(
    monkeypatch, demo, minutes, sentence
):
    moment = datetime(2026, 12, 1, 4, 15, tzinfo=UTC)
    monkeypatch.setattr(formats, "now", lambda: moment)
    with demo.reading() as request:
        assert formats.try_again(request, moment + timedelta(minutes=minutes)) == sentence
