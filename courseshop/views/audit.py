from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _, ngettext
from courseshop.framework.add_page import page
from courseshop.framework.responses import collection
from courseshop.rendering.labels import choice_label
from courseshop.rendering.locales import translate, translate_count
from courseshop.resources import Audit, OwnAudit
from courseshop.schemas.audit import AuditsOut
from courseshop.schemas.base import PageQuery
from courseshop.security import own_id
from courseshop.services import audit as service
from courseshop.services import review

if TYPE_CHECKING:
    from collections.abc import Mapping

    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import AuditRow
    from courseshop.schemas.audit import AuditOut

LIST = "courseshop:templates/audit/list.jinja2"
KINDS = {
    "registered": _("Account created"),
    "login": _("Logged in"),
    "login_failed": _("Failed login"),
    "password_failed": _("Wrong password"),
    "session_ended": _("Logged out"),
    "sessions_ended": _("Logged out everywhere"),
    "other_sessions_ended": _("Other devices logged out"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password reset by email"),
    "password_set": _("Password set by an operator"),
    "email_claimed": _("Email address change requested"),
    "email_unclaimed": _("Email address change canceled"),
    "email_confirmed": _("Email address confirmed"),
    "role_changed": _("Role changed"),
    "token_made": _("API token created"),
    "token_revoked": _("API token revoked"),
    "tokens_revoked": _("All API tokens revoked"),
    "review_approved": _("Review published"),
    "review_hidden": _("Review hidden"),
    "reports_dismissed": _("Review reports dismissed"),
    "reply_removed": _("Reply deleted"),
    "refused": _("Access denied"),
}
# Facts that are the value of a field with choices.
LABELED = {"role", "scope"}
# The number in an entry, in words.
COUNTED = {
    "sessions_ended": ngettext("${num} session", "${num} sessions"),
    "tokens_revoked": ngettext("${num} API token", "${num} API tokens"),
}
# Why access was denied; other reasons are stored as sentences.
WHY = {"acl": _("not allowed for this account"), "unconfirmed": _("email address not confirmed")}
# Only admins see which moderator did this, so that users do not confront moderators.
ANONYMOUS_KINDS = {"review_approved", "review_hidden", "reply_removed"}
FAILURES = {"login_failed", "password_failed"}


@page(context=Audit, renderer=LIST, accepts=PageQuery, returns=AuditsOut)
def everything(place: Audit, request: Request[PageQuery]) -> PageData:
    """List the security events of all accounts, newest first."""
    return entries(place, request, None)


@page(context=OwnAudit, renderer=LIST, accepts=PageQuery, returns=AuditsOut)
def mine(place: OwnAudit, request: Request[PageQuery]) -> PageData:
    """List the security events of the current user's account, newest first."""
    return entries(place, request, own_id(request))


def entries(place: Resource, request: Request[PageQuery], user_id: int | None) -> PageData:
    found = service.listing(request.db, request.accepted, user_id)
    words = {kind: translate(request, message) for kind, message in KINDS.items()}
    items = [audit_out(row) for row in found.rows]
    for item in items:
        if (
            user_id is not None
            and item["kind"] in ANONYMOUS_KINDS
            and item["actor"] != request.actor.username
        ):
            item["actor"] = None
        # Hide the IP addresses of others, such as the admin who changed a role, even if their
        # account no longer exists. The address of a failure helps to recognize an attack.
        known = item["actor"] == request.actor.username or item["kind"] in FAILURES
        if user_id is not None and not known:
            item["address"] = ""
    numbers = {int(item["facts"]["review"]) for item in items if "review" in item["facts"]}
    titles = review.courses_of(request.db, request.actor, numbers) if numbers else {}
    details = [details_of(request, item, titles) for item in items]
    more = {"words": words, "details": details, "own": user_id is not None}
    return collection(place, request, found, items, **more)


def details_of(request: Request, item: AuditOut, titles: Mapping[int, str]) -> list[str]:
    """Return the facts of an entry for people; `titles` are those of reviewed courses."""
    facts = dict(item["facts"])
    if "review" in facts:
        # The slug stands for a course that is gone or that the user may not view.
        title = titles.get(int(facts.pop("review")), facts.get("course", ""))
        facts["course"] = title and translate(request, _("Review of “${title}”"), {"title": title})
    if item["kind"] == "role_changed":
        change = {
            "old": choice_label(request, facts.pop("old")),
            "new": choice_label(request, facts.pop("new")),
        }
        facts["role"] = translate(request, _("From ${old} to ${new}"), change)
    for name in LABELED & facts.keys():
        facts[name] = choice_label(request, facts[name])
    if item["kind"] in COUNTED:
        facts["count"] = translate_count(request, COUNTED[item["kind"]], int(facts["count"]))
    if "why" in facts:
        facts["why"] = translate(request, WHY.get(facts["why"], facts["why"])).rstrip(".")
    return [fact for fact in facts.values() if fact]


def audit_out(row: AuditRow) -> AuditOut:
    return {
        "id": row.id,
        "at": row.at,
        "kind": row.kind,
        "address": row.address,
        "facts": row.facts,
        "count": row.count,
        "actor": row.actor,
        "subject": row.subject,
    }
