"""The mail that a site sends about a new row: its link opens a page, and what it confirms is that row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from wizard.journeys.changes import changes_of
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO
from wizard.journeys.evidence import Row
from wizard.journeys.mail_contents import links_of
from wizard.journeys.mailed_steps import address_of, button_of, filled_in
from wizard.journeys.reading import is_login, named
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.rows import Key
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Answer, Visitor

CONFIRMS = re.compile(r"confirm|verif|activat|validat|opt-?_?in|bestaetig|bestatig")
"""Words of a link that confirms something."""
AWAY = re.compile(r"unsubscri|opt-?_?out|cancel|delete|remove|decline|reject|revoke|abmeld|log_?-?out|sign_?-?out")
"""Words of a link that undoes something, which is not followed."""
CONFIRMED = re.compile(r"confirmed|verified|activated|validated|opted_?in|subscribed")
"""Words of the field that says so."""
COMPARED = 20
"""Rows of the same model that must not change."""


def follow_link(context: Context, resource: Resource, row: Row, role: str, seen: int) -> None:
    """Follow the link of the mail that *row* led to, which the visitor of *role* made. *seen*: the mails before it."""
    operation = resource.operation("create")
    if operation is None or operation.is_api or row.key is None or context.rows is None or role not in context.visitors:
        return
    mails = [each for each in context.mails()[seen:] if _is_to(each, row, context.visitors[role])]
    paths = [path for mail in mails for path in _links(mail, context.visitors[role])]
    if not paths:
        return

    def body(visitor: Visitor) -> str:
        return _follow(context, row, paths[0], visitor)

    title = f"{WHO[role]} follows the link of the mail about {resource.one}"
    context.run(f"{resource.name}-mail", title, "confirm", resource.label, role, body, operation.where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()  # it may be for somebody else


def _is_to(mail: EmailMessage, row: Row, visitor: Visitor) -> bool:
    """Whether *mail* is to an address that was sent with *row*, or to the visitor's own."""
    to = f"{mail.get('to', '')} {mail.get('bcc', '')}".lower()
    sent = [value.lower() for value in row.sent.values() if isinstance(value, str) and "@" in value]
    return any(address in to for address in (visitor.person.email.lower(), *sent))


def _links(mail: EmailMessage, visitor: Visitor) -> list[str]:
    """The addresses on the site that *mail* asks to open, those that confirm something first."""
    own = (visitor.site.host.partition(":")[0], "127.0.0.1")
    found = [address_of(each) for each in links_of(mail) if urlsplit(each).hostname in own]
    return sorted(
        (path for path in found if path != "/" and not AWAY.search(path.lower())),
        key=lambda path: not CONFIRMS.search(path.lower()),
    )


def _follow(context: Context, row: Row, path: str, visitor: Visitor) -> str:
    """Open *path* and press its button. Returns what that changed.

    Raises:
        Contradiction: there is no such page, or it confirms another row, or none.
        Unfinished: it is not a page for this visitor.
    """
    confirms = bool(CONFIRMS.search(path.lower()))
    before, others = values_of(context, row), _others(context, row)
    answer = visitor.get(path)
    if answer.status >= 500 or (answer.status == 404 and confirms):
        raise Contradiction(f"the link of the mail leads to {answer.path}, which got {answer.status}", "a page")
    if answer.status != 200 or is_login(answer):
        raise Unfinished(f"the link of the mail leads to {answer.path} with status {answer.status}")
    request = f"the link of the mail, GET {path} → {answer.first}"
    button = button_of(answer.page, path)
    if button is not None and not AWAY.search((button.path or path).lower()):
        filled = context.fillers[visitor.role].fill(button, None, filled_in(button))
        answer = visitor.send(filled, button.path or answer.path)
        context.check_status(answer, f"POST {button.path or path}")
        request += f"; its button → {answer.first}"
    now = values_of(context, row)
    if changed := changes_of(before, now):
        return f"{request}; it changed {', '.join(changed[:4])} of {named(row)}"
    if confirms and now:
        _check_others(context, row, others)
        _check_confirmed(row, now, answer)
    return request


def _others(context: Context, row: Row) -> dict[Key, Mapping[str, Any]]:
    """Other rows of the model, the newest and the oldest ones."""
    assert context.rows is not None
    keys = [key for key in context.rows.keys(row.label) if key != row.key]
    chosen = dict.fromkeys([*keys[: COMPARED // 2], *keys[-COMPARED // 2 :]])
    return {key: context.rows.values(row.label, key) or {} for key in chosen}


def _check_others(context: Context, row: Row, others: Mapping[Key, Mapping[str, Any]]) -> None:
    for key, before in others.items():
        if changed := changes_of(before, values_of(context, Row(row.label, key))):
            raise Contradiction(
                f"the link of the mail about {named(row)} changed {', '.join(changed[:3])} of another row",
                "only this row changes",
            )


def _check_confirmed(row: Row, now: Mapping[str, Any], answer: Answer) -> None:
    """Raise Contradiction if the row still says that it is not confirmed, and the page has nothing to fill in."""
    here = ("", answer.path.partition("?")[0])
    asks = any(each.method == "post" and each.path.partition("?")[0] in here for each in answer.page.forms)
    for name, value in now.items():
        if value is False and CONFIRMED.search(name.lower()) and not asks:
            raise Contradiction(
                f"the link of the mail was followed, and {name} of {named(row)} is still false", "the row is confirmed"
            )
