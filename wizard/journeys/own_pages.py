"""The pages about a visitor's own account: each shows that account, and not the one of somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext
from wizard.journeys.reading import is_login
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Surface, View

OWN = re.compile(r"(?:^|/)\^?(?:me|who_?-?am_?-?i|current_?-?user|profile|account)/?\$?$", re.I)
"""How the address of such a page ends."""
NAMES = ("username", "email")
MOST = 4


def check_own_pages(context: AccountContext, first: Visitor, second: Visitor) -> None:
    """Open the pages about the own account as both visitors."""
    paths = list(_pages(context.surface))[:MOST]
    seen: list[str] = []
    for visitor, other in ((second, first), (first, second)) if paths else ():
        visitor.begin()
        for view, path in paths:
            try:
                answer = visitor.get(path, data=view.url.drf)
            except SiteError:
                continue
            if answer.status != 200 or is_login(answer):
                continue
            if found := _foreign(context, answer, visitor, other):
                why = f"GET {path} shows {found} to a visitor whose account is another one"
                context.ended(visitor, "own-account", "A page about the own account shows no other", "hole",
                              Verdict.BROKEN, why, expected="the visitor's own account", where=view.where)  # fmt: skip
                return
            if _names(answer, visitor):
                seen.append(path)
    if seen:
        why = f"GET {', '.join(dict.fromkeys(seen))} shows each visitor the own account"
        context.ended(first, "own-account", "A page about the own account shows no other", "hole", Verdict.WORKS, why)


def _pages(surface: Surface) -> Iterator[tuple[View, str]]:
    for view in surface.views:
        url = view.url
        plain = "<" not in url.route and "(" not in url.route and not url.effects
        gets = url.methods is None or "get" in [each.lower() for each in url.methods]
        if plain and gets and OWN.search(url.route) and view.requires == "login" and not view.library:
            yield view, url.path


def _names(answer: Answer, visitor: Visitor) -> bool:
    """Whether the answer has the visitor's name, address, or the digits that both are made with."""
    person, text = visitor.person, answer.response.text.lower()
    return any(each and each.lower() in text for each in (person.name, person.email, person.random))


def _foreign(context: AccountContext, answer: Answer, visitor: Visitor, other: Visitor) -> str:
    """The account of somebody else that *answer* shows instead of the visitor's. Empty without one.

    A site can give its visitors other names: an account is somebody else's if it does not have the visitor's password.
    """
    if _names(answer, visitor):
        return ""
    if _names(answer, other):
        return "another visitor's account"
    content = answer.json
    if not isinstance(content, dict):
        return ""
    told = {name: content[name] for name in NAMES if isinstance(content.get(name), str) and content[name]}
    own = context.state(Account(visitor.person))
    if not told or context.look_up is None or own is None or not (own.exists and own.password_fits):
        return ""
    state = context.look_up(told.get("username", ""), told.get("email", ""), visitor.person.password)
    if state is None or not state.exists or state.password_fits:
        return ""
    return f"an account with {json.dumps(told, ensure_ascii=False)[:80]}"
