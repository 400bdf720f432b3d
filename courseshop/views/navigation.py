"""The links of the header, the account menu and the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop.domain.i18n import _
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from courseshop.framework.request import Request

# The texts that operators may set, in the order of the footer.
FOOTER_TEXTS = {
    "contact": _("Contact"),
    "terms": _("Terms of use"),
    "privacy": _("Privacy policy"),
}


class Link(NamedTuple):
    """A link of the navigation.

    `label` is translatable, `icon` a name of `rendering.icons`. `here` is "page" on the page that
    it leads to, "true" on the pages below it, and otherwise None (the values of `aria-current`).
    """

    label: str
    url: str
    icon: str
    here: str | None


class Group(NamedTuple):
    """Links below a translatable title; the title "" is not shown."""

    title: str
    links: list[Link]


def link(request: Request, label: str, url: str, icon: str = "", *also: str) -> Link:
    """Return a link that is also marked on the pages at the URLs `also`, and below them."""
    below = any(current(request, one) for one in also)
    return Link(label, url, icon, current(request, url) or ("true" if below else None))


def current(request: Request, url: str) -> str | None:
    """Return the value of `aria-current` for a link on the page of the request.

    The account's link is not marked on the pages below it, because they have links beside it.
    """
    try:
        page = request.path_url
    except UnicodeDecodeError:
        # The error page of a malformed URL is not in the tree.
        return None
    if page == url:
        return "page"
    below = page.startswith(f"{url}/") and url != request.places["account"]
    return "true" if below else None


def main_links(request: Request) -> list[Link]:
    """Return the links in the header of every page."""
    places = request.places
    return [
        link(request, _("Courses"), places["courses"]),
        link(request, _("Categories"), places["categories"]),
    ]


def account_groups(request: Request) -> list[Group]:
    """Return the links of a user's own pages, as the account menu and the side navigation show."""
    root = root_of(request)
    account, groups = root["account"], []
    groups.append(
        Group(
            _("Learn"),
            [
                link(request, _("My courses"), account.url("courses"), "book"),
                link(request, _("Wishlists"), root["wishlists"].url(), "heart"),
            ],
        )
    )
    invitations = account["invitations"].url()
    teach = [link(request, _("Teaching"), account.url("teaching"), "desk", invitations)]
    groups.append(Group(_("Teach"), teach))
    secrets = account["password"].url(), account["audit"].url()
    settings = (
        (_("Profile"), account.url(), "user", account.url("edit")),
        (_("Security"), account["sessions"].url(), "shield", *secrets),
        (_("API tokens"), account["tokens"].url(), "key"),
    )
    groups.append(Group(_("Settings"), [link(request, *one) for one in settings]))
    staff = staff_links(request)
    return [*groups, Group(_("Run the shop"), staff)] if staff else groups


def security_links(request: Request) -> list[Link]:
    """Return the links to the pages about the security of the user's account."""
    account = root_of(request)["account"]
    return [
        link(request, _("Active sessions"), account["sessions"].url()),
        link(request, _("Password"), account["password"].url()),
        link(request, _("Security log"), account["audit"].url()),
    ]


def staff_links(request: Request) -> list[Link]:
    """Return the links of moderators and admins."""
    root, found = root_of(request), []
    if request.actor.moderates:
        # The decision about a review is made on a page of the review.
        deciding = [request.path_url] if getattr(request, "view_name", "") == "moderate" else []
        found.append(link(request, _("Moderation"), root["moderation"].url(), "flag", *deciding))
    if root["people"].permits("view"):
        found += [
            link(request, _("People"), root["people"].url(), "people"),
            link(request, _("All security events"), root["audit"].url(), "lock"),
            link(request, _("Page cache"), root.url("kept"), "clock"),
        ]
    return found


def footer_groups(request: Request) -> list[Group]:
    """Return the links in the footer of every page."""
    places = request.places
    learn = [
        link(request, _("All courses"), places["courses"]),
        link(request, _("Categories"), places["categories"]),
    ]
    teach = [
        link(request, _("Teach a course"), root_of(request)["account"].url("teaching")),
        link(request, _("API"), places["api"]),
    ]
    groups = [Group(_("Learn"), learn), Group(_("Teach & build"), teach)]
    more = list(help_links(request))
    return [*groups, Group(_("Help"), more)] if more else groups


def help_links(request: Request) -> Iterator[Link]:
    """Yield the links to those texts that the operator has set."""
    for name, title in FOOTER_TEXTS.items():
        text = getattr(request.settings, name)
        if text.url or text.markdown:
            yield link(request, title, text.url or root_of(request).url(name))
