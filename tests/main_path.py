"""The main path of a student, as a program written with the client that is generated.

`test_python_client` makes the package `shop_client`, and runs this against a shop that is served.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from shop_client import AuthenticatedClient, Client
from shop_client.api.account import (
    get_account,
    post_account_login,
    post_account_register,
    post_account_tokens,
)
from shop_client.api.courses import get_courses, get_courses_slug
from shop_client.api.enrolment import (
    delete_courses_slug_enrolment,
    get_courses_slug_enrolment,
    put_courses_slug_enrolment,
)
from shop_client.api.reviews import (
    get_courses_slug_reviews,
    get_courses_slug_reviews_id,
    patch_courses_slug_reviews_id,
    post_courses_slug_reviews,
    put_courses_slug_reviews_id_helpful,
)
from shop_client.api.share import get_courses_slug_share
from shop_client.api.wishlists import (
    delete_wishlists_key_slug,
    get_wishlists_key,
    put_wishlists_key_slug,
)
from shop_client.models import (
    Account,
    AccountPage,
    Catalogue,
    Course,
    Enrolment,
    LoginDraft,
    Problem,
    RegistrationDraft,
    Review,
    ReviewDraft,
    ReviewPatch,
    Reviews,
    Share,
    Token,
    TokenDraft,
    Vote,
    Wish,
    WishDraft,
    Wishlist,
)
from shop_client.types import UNSET

if TYPE_CHECKING:
    from shop_client.types import Response

T = TypeVar("T")
JSON = {"Accept": "application/json"}
PASSWORD = "correct horse battery staple 7"
KEY = '"5d0f2c1e-9f0b-4c55-8d6a-1f6a3e0c7b21"'
FREE = "notes-that-last"
# What the shop has for it.
COURSES = (FREE, "backend-with-python", "python-by-hand", *(f"course-{n}" for n in range(6)))


def told(answer: Response[Any], model: type[T], status: int = 200) -> T:
    """Return what an answer holds; it has this status and is of this model."""
    assert answer.status_code == status, answer.content
    assert isinstance(answer.parsed, model), answer.parsed
    return answer.parsed


def done(answer: Response[Any]) -> None:
    assert answer.status_code == HTTPStatus.NO_CONTENT, answer.content


def walk(base: str) -> None:
    """Go the main path from the catalogue to the door, at a shop that is served at `base`."""
    with visit(base) as guest:
        look_around(guest)
        page_through(guest)
        share(guest)
    with program(base, "maya") as maya, program(base, "noor") as noor:
        enrol(maya)
        review = review_once(maya)
        find_helpful(noor, review)
        edit(maya, review)
        keep_in_mind(maya)
        leave(maya)


def visit(base: str) -> Client:
    return Client(base_url=base, headers={**JSON}, raise_on_unexpected_status=True)


def program(base: str, name: str) -> AuthenticatedClient:
    """Return the client of a new account, with its token, which it adds to its `headers`."""
    with visit(base) as client:
        token = make_token(client, name)
    return AuthenticatedClient(
        base_url=base, token=token, headers={**JSON}, raise_on_unexpected_status=True
    )


def look_around(guest: Client) -> None:
    found = told(get_courses.sync_detailed(client=guest, q="python", level="all"), Catalogue)
    titles = {course.title for course in found.items}
    assert titles == {"Backend With Python", "Python By Hand"}, titles
    assert [one.name for one in found.filters] == ["level"]
    free = told(get_courses.sync_detailed(client=guest, price="free", limit=100), Catalogue)
    assert FREE in {course.slug for course in free.items}
    assert {course.price.amount for course in free.items} == {"0.00"}
    wrong = told(get_courses.sync_detailed(client=guest, limit=0), Problem, 400)
    assert [fault.field for fault in wrong.errors or []] == ["limit"]
    course = told(get_courses_slug.sync_detailed(FREE, client=guest), Course)
    assert (course.slug, course.price.amount, course.wished) == (FREE, "0.00", None)
    assert course.links["reviews"] == f"{course.url}/reviews"


def page_through(guest: Client) -> None:
    """By the cursors, until there is no next page."""
    seen: list[str] = []
    after: Any = UNSET
    while after is not None:
        page = told(get_courses.sync_detailed(client=guest, limit=4, after=after), Catalogue)
        seen += [course.slug for course in page.items]
        after = page.links.next_ and parse_qs(urlsplit(page.links.next_).query)["after"][0]
    assert len(seen) == len(set(seen)) == page.total == len(COURSES)


def make_token(client: Client, name: str) -> str:
    """Make an account, log in, and make the token that a program uses from then on."""
    draft = RegistrationDraft(
        username=name, name=name.title(), email=f"{name}@example.com", password=PASSWORD
    )
    made = told(post_account_register.sync_detailed(client=client, body=draft), Account, 201)
    assert (made.username, made.name) == (name, name.title())
    login = LoginDraft(username=name, password=PASSWORD)
    done(post_account_login.sync_detailed(client=client, body=login))
    wanted = TokenDraft(name="client", scope="write", days=1)
    token = told(post_account_tokens.sync_detailed(client=client, body=wanted), Token, 201)
    assert token.expires_at > token.created_at
    assert isinstance(token.token, str)
    return token.token


def enrol(student: AuthenticatedClient) -> None:
    assert told(get_account.sync_detailed(client=student), AccountPage).username == "maya"
    for status in (201, 200):
        answer = put_courses_slug_enrolment.sync_detailed(FREE, client=student)
        enrolment = told(answer, Enrolment, status)
        assert enrolment.enrolled is True
        assert enrolment.since is not None


def review_once(student: AuthenticatedClient) -> Review:
    """Sent again with its key, it is the same review."""
    draft = ReviewDraft(rating=4, text="*Short*, and all of it useful.")
    answers = [
        post_courses_slug_reviews.sync_detailed(
            FREE, client=student, body=draft, idempotency_key=KEY
        )
        for _ in range(2)
    ]
    first, again = [told(answer, Review, 201) for answer in answers]
    assert first == again
    assert "Idempotent-Replayed" not in answers[0].headers
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert (first.rating, first.verified, first.version) == (4, True, 1)
    assert first.text.html.startswith("<p><em>Short</em>")
    second = post_courses_slug_reviews.sync_detailed(FREE, client=student, body=draft)
    assert told(second, Problem, 409).errors
    return first


def find_helpful(other: AuthenticatedClient, review: Review) -> None:
    answer = put_courses_slug_reviews_id_helpful.sync_detailed(FREE, str(review.id), client=other)
    vote = told(answer, Vote, 201)
    assert (vote.helpful, vote.helpful_count) == (True, 1)
    listed = told(get_courses_slug_reviews.sync_detailed(FREE, client=other), Reviews)
    (shown,) = [one for one in listed.items if one.id == review.id]
    assert shown.helpful_count == 1


def edit(student: AuthenticatedClient, review: Review) -> None:
    """The vote of another is no edit; an edit makes the `ETag` that was read before stale."""
    here = (FREE, str(review.id))
    etag = get_courses_slug_reviews_id.sync_detailed(*here, client=student).headers["ETag"]

    def rate(rating: int) -> Response[Any]:
        body = ReviewPatch(rating=rating)
        return patch_courses_slug_reviews_id.sync_detailed(
            *here, client=student, body=body, if_match=etag
        )

    edited = told(rate(5), Review)
    assert (edited.rating, edited.version) == (5, review.version + 1)
    assert edited.text == review.text
    assert edited.edited_at is not None
    assert told(rate(1), Problem, 412).status == HTTPStatus.PRECONDITION_FAILED


def keep_in_mind(student: AuthenticatedClient) -> None:
    draft = WishDraft(note="For the long evenings.")
    answer = put_wishlists_key_slug.sync_detailed("default", FREE, client=student, body=draft)
    assert told(answer, Wish, 201).wished is True
    assert told(get_courses_slug.sync_detailed(FREE, client=student), Course).wished is True
    wishes = told(get_wishlists_key.sync_detailed("default", client=student), Wishlist)
    (item,) = wishes.items
    assert item.course is not None
    assert (item.course.slug, item.note) == (FREE, "For the long evenings.")
    for _ in range(2):
        done(delete_wishlists_key_slug.sync_detailed("default", FREE, client=student))
    assert told(get_wishlists_key.sync_detailed("default", client=student), Wishlist).items == []


def share(guest: Client) -> None:
    shared = told(get_courses_slug_share.sync_detailed(FREE, client=guest), Share)
    targets = {target.name: target.url for target in shared.targets}
    assert {"facebook", "linkedin", "bluesky", "email"} <= set(targets)
    assert targets["email"].startswith("mailto:")
    assert shared.link.endswith(f"/courses/{FREE}")


def leave(student: AuthenticatedClient) -> None:
    for _ in range(2):
        done(delete_courses_slug_enrolment.sync_detailed(FREE, client=student))
    answer = get_courses_slug_enrolment.sync_detailed(FREE, client=student)
    assert told(answer, Enrolment).enrolled is False
