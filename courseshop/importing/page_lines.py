"""Lines around the text of a course page: buttons, menus, prices, ratings, footers."""

from __future__ import annotations

import re

# The buttons nearest below the title of a course.
ANCHORS = {"wishlist share", "wishlist", "share", "add to wishlist"}
BUTTONS = {
    *ANCHORS, "add to cart", "buy now", "continue learning", "enrol now", "enroll now", "page link",
    "share course", "share on social media", "start learning",
}  # fmt: skip
# The usual entries of a site's menu, which are neither titles nor categories.
MENU = {
    "about", "about us", "account", "all courses", "become an instructor", "blog", "cart",
    "contact", "contact us", "course", "courses", "dashboard", "events", "faq", "help", "home",
    "instructors", "log in", "log out", "login", "logout", "menu", "my account", "my courses",
    "news", "pricing", "profile", "register", "search", "shop", "sign in", "sign up",
    "skip to content", "students", "support", "teachers",
}  # fmt: skip
# Headings after which nothing belongs to the course.
ENDS = {
    "customer reviews", "featured review", "leave a review", "more courses", "ratings & reviews",
    "related courses", "reviews", "similar courses", "student feedback",
    "student ratings & reviews", "student reviews", "students also bought", "write a review",
    "you may also like", "you might also like",
}  # fmt: skip
USUAL_END = "student ratings & reviews"
COPYRIGHT = re.compile(r"(?:©|\(c\) \d|copyright [©\d(]).*", re.IGNORECASE)
# Lines that are longer are not compared with the patterns below.
LONGEST = 200
SIGN = (
    r"(?:[A-Z]{0,3}[$€£¥₹₽₩₺₫฿₴₪₦]|\b(?:AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|IDR|ILS|INR"
    r"|JPY|KRW|MXN|MYR|NGN|NOK|NZD|PHP|PLN|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND)\b"
    r"|\b(?:kr|Rs|Fr)\b\.?|zł|Kč)"
)
NUMBER = r"\d[\d.,'\u2019]*(?: \d{3}[\d.,]*)*"
AMOUNT = rf"(?:{SIGN} ?{NUMBER}|{NUMBER} ?{SIGN})"
PRICE = re.compile(
    rf"(?:(?:price|from|now|only|was|sale)\s?:?\s?)?{AMOUNT}"
    rf"(?:[ /|·\u2013-]{{0,3}}(?:{AMOUNT}|\d+ ?% off))*(?: ?(?:/|per) ?\w+)?"
    r"|(?:price|fee|cost)\s?:\s?.*\d.*|\d+ ?% off",
    re.IGNORECASE,
)
FREE = {"free", "free course", "price: free", "gratis", "kostenlos", "gratuit"}
PEOPLE = r"(?:students?|learners?|ratings?|reviews?|enrolled|enrolments?|enrollments?)"
RATED = re.compile(
    r"[★☆⭐\s]*(?:[0-5][.,]\d+(?: ?(?:/|out of) ?5)?(?: stars?)?)?[★☆⭐\s]*"
    rf"(?:\(?[\d.,]+[km]?\+? ?{PEOPLE}?\))?"
    rf"|[\d.,]+[km]?\+? (?:total )?{PEOPLE}(?: (?:total )?{PEOPLE})?"
    rf"|total {PEOPLE}(?: ?:? ?\d[\d.,]*)?|no (?:ratings?|reviews?) yet|last updated.*",
    re.IGNORECASE,
)
BY = re.compile(r"by .*", re.IGNORECASE)
CATEGORY = re.compile(r"categor(?:y|ies)\s*[:\uff1a]\s*(.*)", re.IGNORECASE)
LEVELS = {"all levels", "beginner", "intermediate", "advanced", "expert"}
DURATION = r"(?:\d+ ?(?:h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|weeks?|days?)\b\.?[ ,]*)+"
# A level or a duration, which may be anywhere on a page; without a label, it may also be a title.
FACT = re.compile(
    r"(?:(?:course |skill )?level|difficulty) ?:.*\w.*"
    rf"|(?:(?:course |total )?(?:duration|length|time)|total) ?: ?(?:{DURATION}|\d+:\d+.*)",
    re.IGNORECASE,
)
BARE_FACT = re.compile(rf"{DURATION}(?: total(?: length)?)?", re.IGNORECASE)


def plain(line: str) -> str:
    """Return a line in the form in which headings and menus are compared: no case, "?" and ":"."""
    return " ".join(line.replace("\u2019", "'").casefold().split()).rstrip("?:\uff1a ")


def button(line: str) -> str | None:
    """Return the name of a button, without the icons around it."""
    name = " ".join(re.findall(r"\w+", line.casefold())) if len(line) <= LONGEST else ""
    return name if name in BUTTONS else None


def is_price(line: str) -> bool:
    return fits(PRICE, line)


def is_fact(line: str) -> bool:
    """Return whether a line is a level or a duration."""
    return fits(FACT, line) or is_bare_fact(line)


def is_bare_fact(line: str) -> bool:
    return plain(line) in LEVELS or fits(BARE_FACT, line)


def is_aside(line: str) -> bool:
    """Return whether a line is certainly neither a title nor a category."""
    if plain(line) in FREE or is_price(line) or fits(FACT, line) or fits(CATEGORY, line):
        return True
    return bool(line.strip()) and (fits(RATED, line) or not any(map(str.isalnum, line)))


def is_doubtful(line: str) -> bool:
    """Return whether a line may be a title, but also an author, a number or the like."""
    no_words = bool(line.strip()) and not any(map(str.isalpha, line))
    return no_words or fits(BY, line) or is_bare_fact(line)


def is_menu(line: str) -> bool:
    """Return whether a line is an entry of a site's menu, or several entries."""
    entries = [plain(one) for one in re.split(r"\s{2,}|\s*[|·•]\s*|\t", line.strip()[:LONGEST])]
    words = plain(line).split()
    return all(one in MENU for one in entries) or all(one in MENU for one in words)


def is_end(line: str) -> bool:
    """Return whether only reviews, other courses or a footer follow."""
    is_heading = plain(line) in ENDS and not line.rstrip().endswith((":", "?"))
    return is_heading or fits(COPYRIGHT, line)


def fits(pattern: re.Pattern[str], line: str) -> bool:
    return len(line) <= LONGEST and pattern.fullmatch(line.strip()) is not None
