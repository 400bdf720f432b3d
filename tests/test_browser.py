"""The shop in a real browser: with and without JavaScript, by keyboard, in all sizes and themes."""

from __future__ import annotations

import gzip
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from browsers import ACCOUNT_PAGES, CHROMIUM, MISSING, PAGES, THEMES, WIDTHS, admit, launched
from browsing import PASSWORD, Visitor
from helpers import ROOT, Shop, serving
from playwright.sync_api import Error, expect
from sqlalchemy import select, update
from writers import Writer

from courseshop.models import Course

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]
SEED, RATED = PAGES["course-seed"], PAGES["course-rated"]
KILOBYTE = 1_024
# Chromium reports the status of an error page, and a page that is left before its view transition began.
KNOWN = re.compile("the server responded with a status of 4|Clear-Site-Data|Transition was")


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def base(demo_ini):
    with serving(demo_ini) as base:
        yield base


@pytest.fixture(scope="session")
def cookie(demo_ini):
    shop = Shop.open(demo_ini)
    yield admit(shop)
    shop.close()


@pytest.fixture(scope="session")
def student(demo_ini):
    """Return the cookies of two students, one for a browser with JavaScript and one without."""
    shop = Shop.open(demo_ini)
    visitors = {
        script: Writer(shop, f"stu-{script}".lower(), "student").browser()
        for script in (True, False)
    }
    shop.close()
    return {
        script: {"name": "courseshop_session", "value": visitor.cookie}
        for script, visitor in visitors.items()
    }


@pytest.fixture
def visit(browser, base):
    """Return a function that opens pages; fail on console messages and third-party requests."""
    contexts, logged = [], []

    def visit(url, width=1280, theme="light", script=True, cookie=None, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            base_url=base,
            **options,
        )
        contexts.append(context)
        if cookie:
            context.add_cookies([{**cookie, "url": base}])
        page = context.new_page()
        page.on("console", lambda message: logged.append(message.text))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith((base, "data:")) or logged.append(request.url),
        )
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [one for one in logged if not KNOWN.search(one)] == []


@pytest.fixture(scope="module")
def guest(browser, base):
    """Return a guest's tab, in which tests open one page after another."""
    return tab(browser, base)


@pytest.fixture(scope="module")
def unscripted(browser, base):
    """Return a guest's tab without JavaScript."""
    return tab(browser, base, java_script_enabled=False)


@pytest.fixture(scope="module")
def admin(browser, base, cookie):
    """Return an admin's tab."""
    page = tab(browser, base)
    page.context.add_cookies([{**cookie, "url": base}])
    return page


def tab(browser, base, **options):
    # Without transitions, colors have their final value at once.
    context = browser.new_context(base_url=base, reduced_motion="reduce", **options)
    # Otherwise pages would list the courses that were viewed before.
    context.add_init_script("localStorage.clear()")
    return context.new_page()


# The newest axe-core, if npm installed it; otherwise the one in the Python package.
NEWEST_AXE = ROOT / "tests/node/node_modules/axe-core/axe.min.js"
AXE = NEWEST_AXE.read_text() if NEWEST_AXE.exists() else Axe().axe_script
# Rules whose result depends on the theme; all others need to run only once.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
COLORS = {"runOnly": {"type": "rule", "values": COLOR_RULES}}
ALL_BUT_COLORS = {"rules": {name: {"enabled": False} for name in COLOR_RULES}}


def assert_accessible(page, url, *, one_theme_each=False, prepare=""):
    """Run axe at phone and wide width, and its color rules in each theme.

    `one_theme_each`: check only dark on the phone, and only light on the wide screen.
    `prepare`: a script that changes the page first.
    """
    logged = []
    page.on("console", lambda message: logged.append(message.text))
    page.goto(url)
    page.evaluate(AXE)
    page.evaluate(prepare)
    for width, theirs in ((WIDTHS["phone"], "dark"), (WIDTHS["wide"], "light")):
        page.set_viewport_size({"width": width, "height": 900})
        assert_no_violations(page, "html", ALL_BUT_COLORS)
        for theme in [theirs] if one_theme_each else THEMES:
            page.emulate_media(color_scheme=theme)
            assert_no_violations(page, "html", COLORS)
    assert [one for one in logged if not KNOWN.search(one)] == []


def assert_no_violations(page, where, options):
    found = page.evaluate(
        "([where, options]) => axe.run(where, options)",
        [where, {**options, "resultTypes": ["violations"]}],
    )
    results = AxeResults(found)
    assert results.violations_count == 0, results.generate_report()


LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"


def assert_fits(page):
    """Assert that the page never overflows, from phones to large screens, and with large text."""
    for width in (320, WIDTHS["phone"], 640, 820, WIDTHS["wide"], 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    page.evaluate(LARGE_TEXT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "large text"


PAGES_BUT_API = {name: url for name, url in PAGES.items() if name != "api"}


@pytest.mark.parametrize("url", PAGES_BUT_API.values(), ids=PAGES_BUT_API)
def test_page_is_accessible_and_fits_all_widths(guest, url):
    assert_accessible(guest, url)
    assert_fits(guest)


OPEN_ALL = "document.querySelectorAll('main details').forEach((one) => (one.open = true));"
# The API reference repeats the same markup for 19,000 elements: keep a few of each kind.
SHORTEN = """
  const more = ["section[id^=tag-] ~ section[id^=tag-]", "details ~ details ~ details", "li:nth-child(n+4)",
                "dl > :nth-child(n+5)"];
  document.querySelectorAll(more.map((one) => `.api ${one}`).join()).forEach((one) => one.remove());
"""


def test_api_reference_is_accessible_and_fits_all_widths_with_everything_open(guest):
    assert_accessible(guest, PAGES["api"], prepare=OPEN_ALL + SHORTEN)
    guest.goto(PAGES["api"])
    guest.evaluate(AXE + OPEN_ALL)
    assert_no_violations(guest, "html", ALL_BUT_COLORS)
    assert_fits(guest)


def test_link_to_operation_or_schema_of_the_api_opens_it(visit):
    page = visit("/api#post-courses-slug-reviews")
    operation = page.locator("#post-courses-slug-reviews")
    expect(operation.get_by_role("heading", name="Parameters")).to_be_visible()
    schema = page.locator("#schema-ReviewDraft")
    expect(schema.get_by_text("A new review.")).to_be_hidden()
    operation.get_by_role("link", name="ReviewDraft", exact=True).click()
    expect(schema.get_by_text("A new review.")).to_be_in_viewport()
    schema.get_by_role("heading").click()
    expect(schema.get_by_text("A new review.")).to_be_hidden()
    page.go_back()
    page.go_forward()
    expect(schema.get_by_text("A new review.")).to_be_visible()


def test_schema_of_the_api_can_be_opened_without_javascript(visit):
    page = visit("/api#schema-ReviewDraft", script=False)
    schema = page.locator("#schema-ReviewDraft")
    schema.get_by_role("heading").click()
    expect(schema.get_by_text("A new review.")).to_be_visible()


@pytest.mark.parametrize("url", ACCOUNT_PAGES.values(), ids=ACCOUNT_PAGES)
def test_account_page_is_accessible_and_fits_all_widths(admin, url):
    assert_accessible(admin, url, one_theme_each=True)
    assert admin.get_by_role("button", name="Account menu").count()
    assert_fits(admin)


@pytest.mark.parametrize("width", [320, 960, 1280])
def test_security_log_with_large_text_needs_no_scrolling_sideways(visit, cookie, width):
    page = visit("/audit", cookie=cookie, width=width)
    page.evaluate(LARGE_TEXT)
    log = page.get_by_role("region", name="Events")
    assert log.evaluate("region => region.scrollWidth <= region.clientWidth")
    assert log.get_by_text("nightly report").is_visible()


@pytest.mark.parametrize("width", [640, 960, 1280])
def test_header_with_large_text_is_one_row_whose_menu_has_all_links(visit, width):
    page = visit("/courses", width=width)
    page.evaluate(LARGE_TEXT)
    brand, buttons = (page.locator(one).bounding_box() for one in (".brand", ".site-end"))
    assert abs(middle(brand) - middle(buttons)) < 2
    page.get_by_role("button", name="Menu").click()
    menu = page.get_by_role("navigation", name="Shop").get_by_role("link")
    assert menu.all_inner_texts() == ["Courses", "Categories", "Log in", "Create an account"]


# The contrast (WCAG 2.2, 1.4.11) of each visible field's border with the field and with the page.
BORDER_CONTRASTS = """() => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const [r, g, b] = rgba(color).map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const background = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return rgba(color)[3] || !element.parentElement ? color : background(element.parentElement);
  };
  const fields = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")];
  return fields.filter((field) => field.checkVisibility()).map((field) => {
    const { borderBottomColor: border, backgroundColor: inside, borderBottomWidth: width } = getComputedStyle(field);
    const filled = contrast(inside, background(field.parentElement));
    const line = parseFloat(width) ? contrast(border, background(field.parentElement)) : 1;
    const edge = field.checked ? Math.max(line, filled) : Math.min(line, contrast(border, inside));
    return [field.name || field.type, Math.round(edge * 100) / 100];
  });
}"""


def assert_borders_are_visible(page):
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        found = page.evaluate(BORDER_CONTRASTS)
        assert found
        assert [one for one in found if one[1] < 3] == [], theme


@pytest.mark.parametrize("name", ["home", "courses", "category", "register", "reviews"])
def test_field_borders_have_contrast_of_three_to_one(guest, name):
    guest.goto(PAGES[name])
    assert_borders_are_visible(guest)


FIELDS_OF_ACCOUNTS = [
    "account-tokens", "course-new", "course-status", "moderation", "person-edit", "report",
    "reply", "wish", "wishlist", "wishlist-edit", "course-staff",
]  # fmt: skip


@pytest.mark.parametrize("name", FIELDS_OF_ACCOUNTS)
def test_field_borders_of_account_pages_have_contrast_of_three_to_one(admin, name):
    admin.goto(ACCOUNT_PAGES[name])
    assert_borders_are_visible(admin)


def test_borders_of_invalid_fields_have_contrast_of_three_to_one(visit):
    page = visit("/account/register", reduced_motion="reduce")
    page.get_by_label("Username").fill("Alice!")
    page.get_by_label("Your name").fill("Alice")
    page.get_by_label("Email address").fill("alice@example.com")
    page.get_by_label("Password").fill("six loud geese walk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_borders_are_visible(page)
    page.get_by_label("Username").focus()
    assert_borders_are_visible(page)


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES)
def test_every_page_works_without_javascript(unscripted, url):
    unscripted.goto(url)
    for width in WIDTHS.values():
        unscripted.set_viewport_size({"width": width, "height": 900})
        assert unscripted.locator("h1").count() == 1
        assert unscripted.locator("h1").is_visible()
        assert not unscripted.locator("button:visible", has_text="Copy").count()


@pytest.mark.parametrize(("url", "reviews"), [(SEED, 0), (RATED, 10)])
def test_course_page_takes_at_most_10_requests_and_70_kilobytes(browser, base, url, reviews):
    context = browser.new_context(extra_http_headers={"Accept-Encoding": "gzip"})
    page, answers = context.new_page(), []
    page.on("response", lambda answer: answers.append((answer.url, answer)))
    page.goto(base + url, wait_until="networkidle")
    assert page.locator(".review").count() == reviews
    sizes = [(one, size(answer)) for one, answer in answers]
    context.close()
    assert sizes[0][0] == base + url
    assert len([one for one, _size in sizes if "/static/" in one]) == 4
    assert len(sizes) <= 10
    assert sum(size for _url, size in sizes) <= 70 * KILOBYTE, sizes


def size(answer):
    """Return the transfer size of a response's body; pages count as compressed by a proxy."""
    if "content-encoding" in answer.headers:
        return answer.request.sizes()["responseBodySize"]
    body = answer.body()
    is_page = answer.headers["content-type"].startswith("text/html")
    return len(gzip.compress(body, 6) if is_page else body)


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES)
def test_csp_forbids_inline_code_and_pages_have_none(demo, url):
    response = demo.get(url)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    # JSON-LD is data for search engines, and is not executed.
    text = response.text.replace('<script type="application/ld+json">', "")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text)


@pytest.mark.parametrize(
    "url", ["/nothing", "/static/shop.css", "/openapi.json", "/courses?limit=0", "/livez"]
)
def test_every_response_has_a_csp_header(demo, url):
    headers = demo.get(url).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_share_dialog_opens_by_keyboard_and_returns_focus(visit):
    page = visit(SEED)
    share = page.get_by_role("button", name="Share", exact=True)
    share.focus()
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog", name="Share Course")
    assert dialog.is_visible()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    assert dialog.get_by_label("Page Link").input_value().endswith(SEED)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert share.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    assert dialog.is_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_qr_code_loads_only_when_dialog_opens(visit):
    page = visit(SEED)
    image = page.locator(".dialog .qr")
    assert image.evaluate("image => image.naturalWidth") == 0
    page.get_by_role("button", name="Share", exact=True).click()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 0


def test_copy_button_announces_that_it_copied_the_link(visit, base):
    page = visit(SEED, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".copy-box [aria-live]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == base + SEED


def open_share_dialog(page):
    page.goto(SEED)
    page.get_by_role("button", name="Share", exact=True).click()


def open_shared_wishlist(page):
    page.goto("/wishlists")
    page.get_by_label("Name").fill("To share")
    page.get_by_label("Visibility").select_option("link")
    page.get_by_role("button", name="Create wishlist").click()


def create_token(page):
    page.goto("/account/tokens")
    page.get_by_label("Name").fill("a program")
    page.get_by_role("button", name="Create API token").click()


COPY_BOXES = {
    "share dialog": open_share_dialog,
    "share page": lambda page: page.goto(f"{SEED}/share"),
    "wishlist": open_shared_wishlist,
    "token": create_token,
}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("open_box", COPY_BOXES.values(), ids=COPY_BOXES)
def test_copy_box_has_label_above_long_field_and_short_button(visit, cookie, open_box, width):
    page = visit("/", width=width, cookie=cookie)
    open_box(page)
    box = page.locator(".field:has(> .copy-box)")
    field, button = (box.locator(one).bounding_box() for one in ("input", "button"))
    assert box.locator("label").bounding_box()["y"] < field["y"] - 10
    assert abs(middle(field) - middle(button)) < 2
    assert button["x"] >= field["x"] + field["width"]
    assert field["width"] > button["width"] * 1.5


def middle(box):
    return box["y"] + box["height"] / 2


def test_native_share_sheet_is_offered_where_supported(browser, base):
    page = browser.new_page()
    page.add_init_script("navigator.share = async data => { window.shared = data; }")
    page.goto(base + SEED)
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="More ways to share").click()
    assert page.evaluate("window.shared.url") == base + SEED
    assert page.evaluate("window.shared.title") == "Backend With Python"
    page.close()


def test_native_share_sheet_is_hidden_where_unsupported(browser, base):
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'share', {value: undefined})")
    page.goto(base + SEED)
    page.get_by_role("button", name="Share", exact=True).click()
    assert page.locator(".device").is_hidden()
    page.close()


def test_share_works_without_javascript_and_has_a_page_of_links(visit):
    page = visit(SEED, script=False)
    page.get_by_role("button", name="Share", exact=True).click()
    assert page.get_by_role("dialog", name="Share Course").is_visible()
    page.goto(f"{SEED}/share")
    for name in ("Facebook", "LinkedIn", "Bluesky"):
        link = page.get_by_role("link", name=name)
        assert link.get_attribute("href").startswith("https://")
        assert link.get_attribute("target") == "_blank"


def test_social_network_opens_in_new_window_with_link_to_course(visit, base):
    page = visit(SEED)
    page.get_by_role("button", name="Share", exact=True).click()
    with (
        page.expect_popup(),
        page.context.expect_event("request", lambda one: "t.me" in one.url) as asked,
    ):
        page.get_by_role("link", name="Telegram").click()
    sent = parse_qs(urlsplit(asked.value.url).query)
    assert sent == {"url": [base + SEED], "text": ["Backend With Python"]}
    assert page.url == base + SEED


def test_show_more_has_aria_expanded_and_keeps_its_state(visit):
    page = visit(SEED)
    button = page.get_by_role("button", name="Show More")
    last = page.get_by_text("Potentially deploying and scaling applications.")
    text = page.locator("#about-text")
    clipped = text.bounding_box()["height"]
    assert button.get_attribute("aria-expanded") == "false"
    assert button.get_attribute("aria-controls") == "about-text"
    button.press("Enter")
    less = page.get_by_role("button", name="Show Less")
    assert less.get_attribute("aria-expanded") == "true"
    assert text.bounding_box()["height"] > clipped * 2
    assert last.is_visible()
    page.goto("/courses")
    page.go_back()
    assert page.get_by_role("button", name="Show Less").get_attribute("aria-expanded") == "true"
    page.get_by_role("button", name="Show Less").click()
    page.reload()
    assert page.get_by_role("button", name="Show More").get_attribute("aria-expanded") == "false"


def test_show_more_works_without_javascript(visit):
    page = visit(SEED, script=False)
    text = page.locator("#about-text")
    clipped = text.bounding_box()["height"]
    page.locator("summary", has_text="Show More").click()
    assert text.bounding_box()["height"] > clipped * 2
    assert page.locator("summary", has_text="Show Less").is_visible()


def test_short_text_has_no_show_more(visit):
    page = visit("/courses/messy-data")
    assert page.get_by_role("button", name="Show More").count() == 0


def test_more_reviews_load_in_place_and_get_focus(visit):
    page = visit(RATED)
    assert page.locator(".review").count() == 10
    page.get_by_role("link", name="More reviews").press("Enter")
    expect(page.locator(".review")).to_have_count(30)
    expect(page.locator(".review").nth(10)).to_be_focused()
    page.get_by_role("link", name="More reviews").click()
    expect(page.locator(".review")).to_have_count(50)
    assert page.url.endswith(RATED)


def test_more_reviews_without_javascript_opens_next_page(visit):
    page = visit(RATED, script=False)
    page.get_by_role("link", name="More reviews").click()
    assert urlsplit(page.url).path == f"{RATED}/reviews"
    assert page.locator(".review").count() == 20


@pytest.mark.parametrize("script", [True, False])
def test_wish_by_keyboard_changes_only_the_button_and_keeps_focus(visit, student, script):
    page = visit(SEED, script=script, cookie=student[script])
    page.evaluate("window.untouched = true") if script else None
    button = page.get_by_role("button", name="Wishlist", exact=True)
    button.press("Enter")
    pressed = page.get_by_role("button", name="In your wishlist")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    if script:
        expect(pressed).to_be_focused()
        assert page.evaluate("window.untouched")
    pressed.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert urlsplit(page.url).path == SEED


@pytest.mark.parametrize("script", [True, False])
def test_wish_on_card_returns_to_the_card(visit, student, script):
    page = visit("/courses?sort=title&limit=40", cookie=student[script], script=script)
    card = page.locator(".card", has_text="Messy Data")
    card.get_by_role("button", name="Wishlist: ").press("Enter")
    expect(card.get_by_role("button", name="In your wishlist: Messy Data")).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text("Added to your wishlist.")
    expect(page.get_by_role("status")).to_be_in_viewport()
    assert urlsplit(page.url).query == "sort=title&limit=40"
    card.get_by_role("button", name="In your wishlist: ").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Removed from your wishlist.")


@pytest.fixture
def popular(demo_ini):
    """Make the newest course the most popular one, so that two rows of the home page could show it."""
    shop = Shop.open(demo_ini)
    newest = select(Course.id).order_by(Course.published_at.desc()).limit(1).scalar_subquery()
    raised = update(Course).where(Course.id == newest)
    with shop.writing() as request:
        request.db.execute(raised.values(enrolled_count=Course.enrolled_count + 9_999))
    yield
    # Other tests use the same shop.
    with shop.writing() as request:
        request.db.execute(raised.values(enrolled_count=Course.enrolled_count - 9_999))
    shop.close()


@pytest.mark.parametrize("script", [True, False])
def test_wish_changes_the_only_card_of_the_course_on_home_page(visit, student, popular, script):
    page = visit("/", cookie=student[script], script=script)
    newest = page.locator("section:has(#newest) form.wish").first.get_attribute("action")
    button = page.locator(f"form.wish[action='{newest}'] button")
    for pressed in ("true", "false"):
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(button).to_be_in_viewport()
    ids = page.locator("[id]").evaluate_all("all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("script", [True, False])
def test_card_shows_wish_of_course_page_after_going_back(visit, student, script):
    """Playwright's Chromium has no back/forward cache: it shows cached responses again."""
    page = visit("/courses?q=messy+data", cookie=student[script], script=script)
    card = page.locator(".card .wish button").first
    for pressed in ("true", "false"):
        page.locator(".card .whole").first.click()
        button = page.locator(".offer .wish button")
        button.click()
        expect(button).to_have_attribute("aria-pressed", pressed)
        page.locator(".brand").click()
        page.go_back()
        expect(button).to_have_attribute("aria-pressed", pressed)
        while urlsplit(page.url).path != "/courses":
            page.go_back()
        expect(card).to_have_attribute("aria-pressed", pressed)


@pytest.mark.parametrize("script", [True, False])
def test_going_back_to_refused_form_needs_no_request(visit, student, script):
    page = visit("/wishlists/default/messy-data", cookie=student[script], script=script)
    note = refuse_long_note(page)
    note.fill("For the winter.")
    page.get_by_role("button", name="Save", exact=False).first.click()
    page.wait_for_url("**/wishlists/default#*")
    page.context.set_offline(True)
    page.go_back()
    expect(page.locator("main .fault").first).to_be_visible()


def test_refused_form_is_not_shown_after_logout(visit, demo_ini):
    shop = Shop.open(demo_ini)
    visitor = Visitor(shop)
    visitor.register("leaver")
    shop.close()
    cookie = {"name": "courseshop_session", "value": visitor.cookie}
    page = visit("/wishlists/default/messy-data", cookie=cookie)
    refuse_long_note(page)
    page.goto("/account/logout")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_have_text("You're logged out.")
    page.go_back()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()


def refuse_long_note(page):
    """Send a note that is too long, and return its field in the form that is shown again."""
    note = page.get_by_label("Note")
    # Browsers would shorten it.
    note.evaluate("field => field.removeAttribute('maxlength')")
    note.fill("long " * 300)
    page.get_by_role("button", name="Save to wishlist").click()
    expect(page.locator("main .fault").first).to_be_visible()
    return note


def test_wishes_can_be_reordered_by_dragging(visit, cookie):
    page = visit("/wishlists/default", cookie=cookie)
    rows = page.locator(".wishes > li")
    last = rows.nth(2).locator("h2").inner_text()
    many = rows.count()
    rows.nth(2).drag_to(rows.nth(0))
    expect(rows.nth(0).locator("h2")).to_have_text(last)
    expect(rows).to_have_count(many)


@pytest.mark.parametrize("script", [True, False])
def test_reviews_are_sorted_and_filtered_in_place_and_url_changes(visit, script):
    page = visit(f"{RATED}/reviews", script=script)
    page.evaluate("window.untouched = true") if script else None
    bar = page.locator(".histogram").get_by_role("link", name="5 stars")
    bar.press("Enter")
    expect(bar).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("link", name="Remove filter: 5 stars")).to_be_visible()
    assert urlsplit(page.url).query == "stars=5"
    page.get_by_label("Sort by").focus()
    page.get_by_label("Sort by").select_option("helpful")
    if not script:
        page.get_by_role("button", name="Apply", exact=True).press("Enter")
    page.wait_for_url("**/reviews?stars=5&q=&sort=helpful")
    expect(page.get_by_label("Sort by")).to_have_value("helpful")
    if script:
        assert page.evaluate("window.untouched")
        expect(page.get_by_label("Sort by")).to_be_focused()
        page.get_by_role("link", name="Clear all").press("Enter")
        page.wait_for_url("**/reviews")
        expect(page.locator("#review-block")).to_be_focused()
        assert page.evaluate("window.untouched")
        page.go_back()
        expect(page.get_by_label("Sort by")).to_have_value("helpful")


@pytest.mark.parametrize("script", [True, False])
def test_catalogue_is_filtered_and_sorted_in_place_and_url_changes(visit, script):
    page = visit("/courses", script=script)
    page.evaluate("window.untouched = true") if script else None
    filters = page.get_by_role("complementary", name="Filters")
    filters.get_by_role("link", name="Free").press("Enter")
    page.wait_for_url("**/courses?price=free")
    expect(filters.get_by_role("link", name="Free")).to_have_attribute("aria-current", "true")
    page.get_by_label("Sort by").select_option("title")
    if not script:
        page.get_by_role("button", name="Apply", exact=True).press("Enter")
    page.wait_for_url("**/courses?price=free&sort=title")
    titles = page.locator(".card .card-title").all_inner_texts()
    assert titles == sorted(titles, key=str.casefold)
    page.get_by_role("link", name="Remove filter: Free").press("Enter")
    page.wait_for_url("**/courses?sort=title")
    assert page.locator(".card").count() == 20
    if script:
        assert page.evaluate("window.untouched")
        expect(page.locator("#catalogue")).to_be_focused()
        page.go_back()
        expect(filters.get_by_role("link", name="Free")).to_have_attribute("aria-current", "true")


def test_search_suggests_titles_and_links_corrected_spelling(visit):
    page = visit("/")
    field = page.get_by_role("combobox", name="Search courses")
    field.press_sequentially("pyt")
    option = page.locator("#suggested option").first
    expect(option).to_have_attribute("value", re.compile("Python"))
    field.fill("pyhton")
    field.press("Enter")
    page.get_by_role("link", name="python").click()
    expect(page.locator(".card mark").first).to_be_visible()
    assert page.url.endswith("/courses?q=python")


def test_more_reviews_of_list_change_url(visit):
    page = visit(f"{RATED}/reviews")
    page.get_by_role("link", name="More reviews").click()
    expect(page.locator(".review")).to_have_count(40)
    assert urlsplit(page.url).query.startswith("after=")
    page.reload()
    expect(page.locator(".review")).to_have_count(20)
    page.get_by_role("link", name="Previous page").click()
    page.wait_for_url("**before=*")
    expect(page.locator(".review")).to_have_count(20)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_strip_of_links_shows_the_current_one_on_phones(visit, cookie, direction):
    page = visit("/moderation", cookie=cookie)
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    page.add_init_script(
        f"""document.addEventListener("readystatechange",
        () => document.documentElement.dir = "{direction}")"""
    )
    page.reload()
    expect(page.locator(".side-nav [aria-current]")).to_be_in_viewport(ratio=1)


def test_outline_editor_hides_the_hint_about_the_text(admin):
    admin.goto("/courses/new")
    expect(admin.locator(".outline-edit")).to_be_visible()
    expect(admin.locator("#about-outline")).to_be_hidden()


def test_moderator_can_hide_selected_review_by_keyboard(visit, cookie):
    page = visit("/moderation?kind=review", cookie=cookie)
    before = page.get_by_label("Select ").count()
    page.get_by_label("Select ").first.press("Space")
    page.get_by_label("Reason").fill("Rude.")
    page.get_by_role("button", name="Hide").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Review hidden.")
    expect(page.get_by_label("Select ")).to_have_count(before - 1)


def test_first_tab_stop_skips_to_content(visit):
    page = visit("/courses")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_focus_is_always_visible(visit):
    page = visit(SEED)
    for _ in range(25):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        shadow = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
        assert width > 0 or shadow != "none"


@pytest.mark.parametrize("script", [True, False])
def test_search_finds_words_in_any_order_and_case(visit, script):
    page = visit("/", script=script)
    page.get_by_role("combobox", name="Search courses").fill("python BACKEND")
    page.get_by_role("combobox", name="Search courses").press("Enter")
    assert urlsplit(page.url).path == "/courses"
    assert page.locator(".card .card-title").all_inner_texts() == ["Backend With Python"]
    assert page.get_by_role("combobox", name="Search courses").input_value() == "python BACKEND"


def test_whole_card_links_to_course(visit):
    page = visit("/courses")
    box = page.locator(".card .cover").first.bounding_box()
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    expect(page.locator(".course")).to_have_count(1)


@pytest.mark.parametrize("text", [".comment > p", ".reply .text"])
def test_short_text_of_the_other_direction_stands_beside_its_bar(visit, cookie, text):
    page = visit(ACCOUNT_PAGES["review-moderate"], cookie=cookie)
    page.evaluate("document.documentElement.dir = 'rtl'")
    inner, bar = page.locator(text).bounding_box(), page.locator(text).locator("..").bounding_box()
    assert inner["width"] < bar["width"] / 2
    assert abs(bar["x"] + bar["width"] - inner["x"] - inner["width"]) < 20


def test_marks_of_a_list_are_on_the_side_where_its_text_begins(visit):
    page = visit(RATED)
    page.evaluate("document.documentElement.dir = 'rtl'")
    directions = "lists => lists.map(list => getComputedStyle(list).direction)"
    assert set(page.locator(".prose :is(ul, ol)").evaluate_all(directions)) == {"ltr"}


CUT = """texts => texts.filter(text => text.scrollHeight > text.clientHeight || text.scrollWidth > text.clientWidth)
    .map(text => text.textContent)"""


@pytest.mark.parametrize("url", ["/courses", "/courses?sort=rating", "/categories/design"])
def test_cards_on_phone_show_whole_titles_and_names(visit, url):
    page = visit(url, 360)
    assert page.locator(".card :is(.card-title, .who)").evaluate_all(CUT) == []


def test_cards_on_phone_have_their_facts_in_one_line_with_the_duration(visit):
    page = visit("/courses", 360)
    for facts in page.locator(".card .facts").all():
        assert facts.bounding_box()["height"] < 30
        duration = facts.locator("span", has_text=re.compile(r"^\d+ (?:h|min)"))
        assert duration.bounding_box()["y"] < facts.bounding_box()["y"] + 20


def test_catalogue_page_is_short_on_phone(visit):
    page = visit("/courses", 360)
    assert page.locator(".card").count() == 20
    assert page.evaluate("document.documentElement.scrollHeight") < 4_000


def test_compare_ends_where_its_card_ends(visit):
    page = visit("/courses")
    text, foot = page.locator(".tick > span").first, page.locator(".card .foot").first
    ends = [box["x"] + box["width"] for box in (text.bounding_box(), foot.bounding_box())]
    assert abs(ends[0] - ends[1]) < 1


@pytest.mark.parametrize(
    ("url", "heading"),
    [("/", "#shelves"), ("/", "#rating"), ("/categories", "h1"), ("/categories/design", "h1"),
     ("/courses?q=zzzz", "#shelves"), ("/people/jonas-lindqvist", "main h2")],
)  # fmt: skip
def test_cards_and_tiles_have_one_distance_from_their_heading(visit, url, heading):
    page = visit(url)
    above = page.locator(heading).bounding_box()
    below = page.locator(f":is({heading}, .band-head:has({heading})) + :is(.cards, .tiles)")
    assert below.bounding_box()["y"] - above["y"] - above["height"] == pytest.approx(16, abs=1)


def test_clear_list_ends_where_the_page_ends(visit):
    page = visit(SEED)
    page.goto("/courses")
    ends = page.get_by_role("button", name="Clear list").evaluate(
        "button => [button.parentElement.getBoundingClientRect().right,"
        " button.getBoundingClientRect().right - parseFloat(getComputedStyle(button).paddingRight) - 1]"
    )
    assert ends[0] == pytest.approx(ends[1], abs=1)


def test_only_the_fault_of_a_field_is_red(visit):
    page = visit("/account/register")
    page.get_by_role("button", name="Create an account").last.click()
    below = page.locator("#about-username")
    color = "element => getComputedStyle(element).color"
    fault, hint = (below.locator(f".{name}") for name in ("fault", "hint"))
    assert fault.evaluate(color) != hint.evaluate(color)
    assert hint.bounding_box()["y"] > fault.bounding_box()["y"]


def test_offer_stays_visible_while_scrolling_on_wide_screen(visit):
    page = visit(RATED)
    page.mouse.wheel(0, 900)
    expect(page.locator(".offer .price")).to_be_in_viewport()
    page.wait_for_timeout(300)
    assert page.locator(".offer .price").is_visible()
    assert 0 <= page.locator(".offer").bounding_box()["y"] < 100


def test_print_shows_full_text_and_no_buttons(visit):
    page = visit(SEED)
    page.emulate_media(media="print")
    assert page.locator("#about-text").bounding_box()["height"] > 700
    assert page.locator(".offer-pair").is_hidden()
    assert page.locator(".site-header nav").is_hidden()


# Links to copy are useful on paper, too.
CONTROLS = "button, [role=button], input:not([readonly]), select, textarea, nav, [role=search]"


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES)
def test_no_page_prints_buttons_forms_or_navigation(unscripted, url):
    unscripted.goto(url)
    unscripted.emulate_media(media="print")
    assert unscripted.locator(CONTROLS).locator("visible=true").count() == 0
    assert unscripted.locator("h1").is_visible()
    unscripted.emulate_media(media="screen")


def test_moderation_queue_is_printed_without_buttons(admin):
    admin.goto(ACCOUNT_PAGES["moderation"])
    admin.emulate_media(media="print")
    assert admin.locator(".rows > li").first.is_visible()
    assert admin.locator(CONTROLS).locator("visible=true").count() == 0
    admin.emulate_media(media="screen")


def test_right_to_left_page_does_not_overflow(visit):
    page = visit(SEED, width=360)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("script", [True, False])
def test_user_can_register_log_out_and_log_in_by_keyboard(visit, script):
    """A real browser sends the Origin and Sec-Fetch-Site headers itself."""
    name = f"keyboard-{'with' if script else 'without'}-script"
    page = visit("/account/register", script=script)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Your name").fill("Kay Board")
    page.get_by_label("Email address").fill(f"{name}@example.com")
    page.get_by_label("Password").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Use at least 12 characters.")
    assert page.get_by_label("Username").input_value() == name
    page.get_by_label("Password").fill("six loud geese walk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Welcome!")
    menu = page.get_by_role("button", name="Account menu")
    menu.press("Enter")
    page.locator("#account-menu").get_by_role("link", name="Profile").press("Enter")
    expect(page.locator("h1")).to_have_text("Kay Board")
    menu.press("Enter")
    page.get_by_role("button", name="Log out", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_have_text("You're logged out.")
    page.goto("/account/sessions")
    page.get_by_label("Username or email address").fill(name)
    page.get_by_label("Password").fill("six loud geese walk")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Active sessions")
    expect(page.get_by_role("main")).to_contain_text("This device")


def test_wrong_password_shows_error_and_keeps_username(visit):
    page = visit("/account/login")
    page.get_by_label("Username or email address").fill("nobody-here")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Wrong username or password")
    assert page.get_by_label("Username or email address").input_value() == "nobody-here"
    assert Axe().run(page).violations_count == 0


def test_a_new_token_is_shown_once_and_can_be_copied(visit, cookie):
    page = visit(
        "/account/tokens", cookie=cookie, permissions=["clipboard-read", "clipboard-write"]
    )
    page.get_by_label("Name").fill("a script")
    page.get_by_role("button", name="Create API token").click()
    expect(page.locator("#new-token")).to_be_focused()
    expect(page.locator("#notice")).to_contain_text("API token created.")
    token = page.get_by_label("API token", exact=True)
    assert token.input_value().startswith("cs_")
    page.get_by_role("button", name="Copy", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == token.input_value()
    page.reload()
    expect(page.get_by_label("API token", exact=True)).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_instructor_can_write_preview_and_submit_course_by_keyboard(visit, cookie, script):
    page = visit("/courses/new", cookie=cookie, script=script)
    title = f"Bread {'with' if script else 'without'} a script"
    page.get_by_label("Title", exact=True).focus()
    page.keyboard.type(title)
    page.get_by_label("Category").select_option("design")
    page.get_by_label("About Course").fill("## Flour\n\nAnd *water*.")
    if script:
        page.get_by_role("button", name="Add section").press("Enter")
        page.keyboard.type("Dough")
        page.get_by_role("button", name="Add lesson").press("Enter")
        page.keyboard.type("Mixing")
        page.get_by_label("Minutes", exact=True).fill("20")
    else:
        page.get_by_label("Outline").fill("# Dough\nMixing | 20")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator("#preview em")).to_have_text("water")
    # With JavaScript the page stays; without it, the form comes back filled in.
    assert urlsplit(page.url).path == ("/courses/new" if script else "/courses/preview")
    assert page.get_by_label("Title", exact=True).input_value() == title
    page.get_by_role("button", name="Create course").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("Mixing")).to_be_visible()
    page.get_by_role("link", name="Status").press("Enter")
    page.get_by_label("Comment").fill("Please look.")
    page.get_by_role("button", name="Submit for review").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Course submitted. A moderator will review it.")
    page.goto("/moderation")
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def test_refused_preview_shows_error_at_field(visit, cookie):
    page = visit("/courses/new", cookie=cookie)
    field = page.get_by_label("About Course")
    field.evaluate("field => field.removeAttribute('maxlength')")
    field.fill("x" * 50_001)
    page.get_by_role("button", name="Preview").click()
    said = page.locator("#preview").get_by_text("Use at most 50000 characters.")
    expect(said).to_be_visible()
    expect(page.locator("#preview .error")).to_be_focused()
    assert len(field.input_value()) == 50_001


@pytest.mark.parametrize("script", [True, False])
def test_error_summary_gets_focus_and_links_to_field(visit, script):
    page = visit("/account/register", script=script)
    page.get_by_label("Username").fill("Alice!")
    page.get_by_label("Your name").fill(" ")
    page.get_by_label("Email address").fill("alice@example.com")
    page.get_by_label("Password").fill("six loud geese walk")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: Create an account"))
    expect(summary).to_contain_text("Check the form: 2 fields need attention.")
    if script:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    summary.get_by_role("link", name="Your name", exact=True).press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()


@pytest.mark.parametrize("script", [True, False])
def test_no_browser_holds_a_form_back_so_that_all_faults_are_named_at_once(visit, script):
    page = visit("/account/register", script=script)
    page.get_by_label("Email address").fill("nonsense")
    page.get_by_role("button", name="Create an account").press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        ["Username", "Your name", "Email address", "Password"]
    )
    for label in ("Username", "Your name", "Email address", "Password"):
        field = page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_attribute("required", "required")


def test_a_stale_form_shows_both_versions_and_is_accessible(visit, cookie):
    url = "/courses/mend-and-make/edit"
    mine, theirs = (visit(url, cookie=cookie) for _ in range(2))
    theirs.get_by_label("Summary").fill("Theirs.")
    theirs.get_by_role("button", name="Save").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Mend and Make")
    mine.get_by_label("Summary").fill("Mine.")
    mine.get_by_role("button", name="Save").click()
    versions = mine.get_by_role("region", name="Both versions")
    expect(versions.locator(".stored")).to_have_text("Theirs.")
    expect(versions.locator(".mine")).to_have_text("Mine.")
    found = Axe().run(mine)
    assert found.violations_count == 0, found.generate_report()
    assert mine.evaluate("document.documentElement.scrollWidth <= innerWidth")
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator(".lead")).to_have_text("Mine.")


@pytest.mark.parametrize("script", [True, False])
def test_student_can_write_edit_and_delete_review_by_keyboard(visit, student, script):
    """Enrol, write, edit, delete and restore, all on the course page."""
    page = visit("/courses/http-properly", cookie=student[script], script=script)
    page.get_by_role("button", name="Enrol for free").press("Enter")
    expect(page.get_by_role("status")).to_have_text("You're now enrolled in this course.")
    page.evaluate("window.stays = true") if script else None
    page.get_by_text("Write a review").click()
    page.get_by_role("radio", name="4 stars").focus()
    page.keyboard.press(" ")
    text = f"Clear, and {'short' if script else 'well told'}."
    page.get_by_label("Your review").fill(text)
    if script:
        expect(page.locator(".count")).to_have_text("17 of 5,000 characters")
    page.get_by_role("button", name="Post review").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Thank you for your review.")
    expect(page.get_by_text(text)).to_be_visible()
    assert urlsplit(page.url).path == "/courses/http-properly"
    if script:
        assert page.evaluate("window.stays")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.get_by_role("link", name="Edit your review").press("Enter")
    page.get_by_role("radio", name="5 stars").check()
    page.get_by_role("button", name="Save").press("Enter")
    mine = page.locator(".review", has_text=text)
    expect(mine.get_by_text("Edited on")).to_be_visible()
    page.get_by_role("link", name="Delete").press("Enter")
    page.get_by_role("button", name="Delete").press("Enter")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Review restored.")
    if script:
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def facts_of_reviews(page):
    """Return the ratings on the page: at the top, beside the reviews, in bars and in JSON-LD."""
    head = page.locator(".course-meta a[href='#reviews']")
    head = head.inner_text() if head.count() else ""
    block = page.locator("#review-block")
    mean = block.locator(".ratings-sum").inner_text().split("\n")
    bars = block.locator(".histogram .n").all_inner_texts()
    return head, mean, bars, page.locator("script[type='application/ld+json']").all_inner_texts()


@pytest.mark.parametrize(
    "title", ["contracts-and-invoices", "bookkeeping-for-people-who-would-rather-not"]
)
@pytest.mark.parametrize("script", [True, False])
def test_new_review_updates_all_ratings_on_page_and_gets_focus(visit, demo_ini, script, title):
    url = f"/courses/{title}"
    shop = Shop.open(demo_ini)
    writer = Writer(shop, f"w{title[:4]}{script}".lower(), "student").browser()
    shop.close()
    page = visit(url, script=script, cookie={"name": "courseshop_session", "value": writer.cookie})
    page.get_by_role("button", name="Enrol for free").click()
    expect(page.get_by_role("status")).to_be_in_viewport()
    page.get_by_text("Write a review").click()
    page.get_by_role("radio", name="1 star", exact=True).check()
    page.get_by_role("button", name="Post review").press("Enter")
    mine = page.locator(".review", has=page.get_by_role("link", name="Edit your review"))
    expect(mine).to_be_focused()
    expect(mine).to_be_in_viewport()
    notice = page.get_by_role("status")
    expect(notice).to_have_text("Thank you for your review.")
    expect(notice).to_be_in_viewport()
    assert page.locator("[aria-live=polite]", has=notice).count() == 1
    shown = facts_of_reviews(page)
    page.goto(url)
    assert shown == facts_of_reviews(page)


@pytest.mark.parametrize("script", [True, False])
def test_vote_returns_to_the_review_on_same_page(visit, student, script):
    page = visit(f"{RATED}/reviews?sort=lowest&stars=5", cookie=student[script], script=script)
    review = page.locator(".review").nth(5)
    button = review.get_by_role("button", name="Helpful")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(review).to_be_in_viewport()
    assert urlsplit(page.url).path == f"{RATED}/reviews"
    assert urlsplit(page.url).query == "sort=lowest&stars=5"
    if not script:
        assert urlsplit(page.url).fragment == review.get_attribute("id")
    page.locator(".brand").click()
    page.go_back()
    expect(button).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("script", [True, False])
def test_report_returns_to_focused_review_in_list(visit, student, script):
    page = visit(f"{RATED}/reviews?sort=lowest&stars=4", cookie=student[script], script=script)
    review = page.locator(".review").nth(3)
    # With a script, a vote replaces its form alone: the links beside it lead to this list.
    review.get_by_role("button", name="Helpful").press("Enter")
    expect(review.get_by_role("button", name="Helpful")).to_have_attribute("aria-pressed", "true")
    review.get_by_role("link", name="Report").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Report a review")
    page.get_by_role("button", name="Send report").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Thank you. A moderator will look into it.")
    assert urlsplit(page.url).path == f"{RATED}/reviews"
    assert urlsplit(page.url).query == "sort=lowest&stars=4"
    expect(review).to_be_focused()
    expect(review).to_be_in_viewport()


@pytest.mark.parametrize("script", [True, False])
def test_removing_wish_with_note_asks_first_and_returns_to_card(visit, demo_ini, script):
    shop = Shop.open(demo_ini)
    writer = Writer(shop, f"noted-{script}".lower(), "student")
    writer.ask("PUT", "/wishlists/default/messy-data", {"note": "Soon."})
    cookie = {"name": "courseshop_session", "value": writer.browser().cookie}
    shop.close()
    url = "/courses?sort=title&limit=40"
    page = visit(url, cookie=cookie, script=script)
    heart = page.get_by_role("button", name="In your wishlist: Messy Data")
    heart.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Remove “Messy Data")
    page.get_by_role("link", name="Cancel").press("Enter")
    expect(heart).to_be_in_viewport()
    heart.press("Enter")
    page.get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_role("button", name="Wishlist: Messy Data")).to_be_in_viewport()
    assert f"{urlsplit(page.url).path}?{urlsplit(page.url).query}" == url


@pytest.mark.parametrize("script", [True, False])
def test_login_link_in_header_returns_to_filtered_catalogue(visit, demo_ini, script):
    shop = Shop.open(demo_ini)
    name = f"back-{script}".lower()
    Visitor(shop).register(name)
    shop.close()
    page = visit("/courses", script=script)
    filters = page.locator("#filters")
    filters.get_by_role("link", name="Free").press("Enter")
    page.wait_for_url("**/courses?price=free")
    page.locator(".site-end").get_by_role("link", name="Log in").press("Enter")
    page.get_by_label("Username or email address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses?price=free")
    expect(page.get_by_role("status").first).to_be_visible()


def test_preview_without_javascript_is_scrolled_into_view(visit, cookie):
    page = visit("/courses/new", cookie=cookie, script=False)
    page.get_by_label("About Course").fill("And *water*.")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator("#preview em")).to_have_text("water")
    expect(page.locator("#preview")).to_be_focused()
    expect(page.locator("#preview em")).to_be_in_viewport()


def edges(page, selector):
    """Return the start and the end of an element, in pixels."""
    box = page.locator(selector).bounding_box()
    return round(box["x"]), round(box["x"] + box["width"])


@pytest.mark.parametrize("width", [1280, 1920])
def test_text_of_course_is_as_wide_as_other_fields_until_it_is_previewed(visit, cookie, width):
    page = visit("/courses/mend-and-make/edit", cookie=cookie, width=width)
    title, about = "#field-title", "#field-about"
    assert edges(page, title) == edges(page, about) == edges(page, ".stay-bar")
    page.get_by_role("button", name="Preview").click()
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="What you need")).to_be_visible()
    assert edges(page, "#preview")[0] > edges(page, about)[1]
    assert edges(page, ".stay-bar") == (edges(page, about)[0], edges(page, "#preview")[1])
    assert edges(page, title)[0] == edges(page, about)[0]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_review_is_posted_after_login_if_session_has_ended(visit, demo_ini):
    shop = Shop.open(demo_ini)
    visitor = Visitor(shop)
    visitor.register("late-writer")
    shop.close()
    cookie = {"name": "courseshop_session", "value": visitor.cookie}
    page = visit("/courses/contracts-and-invoices", cookie=cookie)
    page.get_by_role("button", name="Enrol for free").click()
    page.get_by_text("Write a review").click()
    page.get_by_role("radio", name="4 stars").check()
    page.get_by_label("Your review").fill("Written for an hour.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Post review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_label("Username").fill("late-writer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Written for an hour.")).to_be_visible()


def recent(page):
    return page.get_by_role("region", name="Recently viewed")


def test_recently_viewed_courses_are_listed_newest_first(visit, base):
    page = visit(SEED)
    assert recent(page).count() == 0
    page.goto(RATED)
    expect(recent(page).get_by_role("link")).to_have_text(["Backend With Python"])
    for url in ("/", "/courses"):
        page.goto(url)
        links = recent(page).get_by_role("link")
        expect(links).to_have_text(["Speak Up: Public Speaking for the Easily Terrified", "Backend With Python"])  # fmt: skip
        assert links.nth(1).get_attribute("href") == base + SEED
    page.goto(SEED)
    page.goto("/courses")
    expect(recent(page).get_by_role("link").first).to_have_text("Backend With Python")
    assert Axe().run(page).violations_count == 0


def test_recently_viewed_list_can_be_cleared_by_keyboard(visit):
    page = visit(SEED)
    page.goto("/courses")
    assert "your browser" in recent(page).inner_text()
    recent(page).get_by_role("button", name="Clear list").press("Enter")
    expect(recent(page).get_by_role("status")).to_have_text("The list is empty.")
    expect(recent(page).get_by_role("heading")).to_be_focused()
    page.reload()
    assert recent(page).count() == 0


def remember(page, *courses, days=0):
    """Store recently viewed courses (URL and title) in the browser, dated `days` ago."""
    page.evaluate(
        "([courses, days]) => recent.write(courses.map(([url, title]) => "
        "({ url, title, at: Date.now() - days * 86400000 })))",
        [list(courses), days],
    )


def test_at_most_eight_courses_are_remembered_for_thirty_days(visit, base):
    page = visit("/courses")
    remember(page, *[(f"{base}/courses/c-{n}", f"Course {n}") for n in range(12)])
    page.reload()
    expect(recent(page).get_by_role("link")).to_have_count(8)
    remember(page, (f"{base}{SEED}", "Old"), days=31)
    page.reload()
    assert recent(page).count() == 0


def test_recent_titles_are_escaped_and_foreign_urls_are_dropped(visit, base):
    page = visit("/courses")
    written = "<img src=x onerror=alert(1)>"
    remember(page, (base + SEED, written), ("javascript:alert(1)", "x"), ("https://x.test/", "y"))
    page.reload()
    expect(recent(page).get_by_role("link")).to_have_text([written])
    assert page.locator(".recent img").count() == 0


def test_opening_missing_course_removes_it_from_recent_list(visit, base):
    page = visit("/courses")
    remember(page, (f"{base}/courses/gone", "Gone"))
    page.goto("/courses/gone")
    page.goto("/courses")
    assert recent(page).count() == 0


def test_unpublished_course_is_not_remembered(visit, cookie):
    page = visit("/courses/mend-and-make", cookie=cookie)
    page.goto("/courses")
    assert recent(page).count() == 0


@pytest.mark.parametrize(
    "breakage",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
        'Storage.prototype.getItem = () => \'{"not": ["a list\'',
        "Storage.prototype.getItem = () => '{}'",
        "Storage.prototype.getItem = () => '[null, 3, {}]'",
    ],
)
def test_pages_work_with_broken_local_storage(visit, breakage):
    page = visit("/courses")
    page.add_init_script(breakage)
    page.goto(SEED)
    page.goto("/courses")
    assert recent(page).count() == 0
    page.goto(SEED)
    page.get_by_role("button", name="Share", exact=True).click()
    assert page.get_by_role("dialog").is_visible()


def test_fifth_course_cannot_be_checked_until_another_is_unchecked(visit):
    page = visit("/courses")
    boxes = page.locator("input[name=course]")
    for number in range(4):
        boxes.nth(number).check()
    expect(boxes.nth(4)).to_be_disabled()
    boxes.nth(0).uncheck()
    expect(boxes.nth(4)).to_be_enabled()
    boxes.nth(4).check()
    expect(boxes.nth(0)).to_be_disabled()
    page.get_by_role("button", name="Compare", exact=True).click()
    assert len(parse_qs(urlsplit(page.url).query)["course"]) == 4


def test_first_four_courses_are_compared_without_javascript(visit):
    page = visit("/courses", script=False)
    for number in range(5):
        page.locator("input[name=course]").nth(number).check()
    page.get_by_role("button", name="Compare", exact=True).click()
    assert page.locator("thead th[scope=col] a").count() == 4
    said = "You can compare up to 4 courses, so these are the first 4 in this link."
    assert page.locator(".banner").inner_text() == said
    assert page.locator(".toast").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_checked_courses_can_be_compared_and_removed(visit, script):
    page = visit("/courses", script=script)
    for name in ("Backend With Python", "Messy Data"):
        page.get_by_role("checkbox", name=f"Compare {name}", exact=True).check()
    page.get_by_role("button", name="Compare", exact=True).press("Enter")
    heads = page.get_by_role("columnheader").get_by_role("link")
    assert {*heads.all_inner_texts()} == {"Backend With Python", "Messy Data"}
    page.get_by_role("link", name="Remove Messy Data").click()
    assert urlsplit(page.url).query == "course=backend-with-python"
    assert page.get_by_text("You've selected only Backend With Python.").is_visible()


def test_compare_button_is_visible_after_checking_a_course(visit):
    page = visit("/courses", 360)
    page.get_by_role("checkbox", name="Compare").first.check()
    button = page.get_by_role("button", name="Compare", exact=True)
    expect(button).to_be_in_viewport()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_comparison_keeps_the_titles_in_view(visit, width):
    page = visit(PAGES["compare"], width)
    title = page.locator("thead").get_by_role("link", name="Backend With Python", exact=True)
    last = page.get_by_role("link", name="View course Backend With Python")
    last.evaluate("link => link.scrollIntoView({ block: 'end' })")
    expect(last).to_be_in_viewport()
    expect(title).to_be_in_viewport()
    assert page.locator("thead .cover").first.bounding_box()["y"] < 0


def test_comparison_scrolls_sideways_on_phone_with_fixed_headers(visit):
    page = visit(PAGES["compare"], 360)
    region = page.get_by_role("region", name="Compare courses")
    region.focus()
    header = page.get_by_role("rowheader", name="Price").locator("span")
    before = header.bounding_box()["x"]
    region.evaluate("region => region.scrollTo(400, 0)")
    assert header.bounding_box()["x"] == before
    assert region.evaluate("region => region.scrollLeft") > 0
