"""Change a password with the old one, as an account of its own: afterwards the account has the new password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.base.secrets import remember
from wizard.journeys import addresses
from wizard.journeys.account_context import Account, AccountContext, filler_for
from wizard.journeys.account_doors import OLD_PASSWORD
from wizard.journeys.attempts import attempt
from wizard.journeys.field_values import PASSWORD
from wizard.journeys.logging_in import logs_in
from wizard.journeys.operations import UNSAFE
from wizard.journeys.reading import is_login
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.sample_values import words_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Surface, View

TITLE = "The visitor changes the password"
OTHER = re.compile(r"mail|phone|delete|deactivat|close|disable|2fa|mfa|otp|reauth")
"""Words of addresses that ask for the password, and for something else with it."""


def change_password(context: AccountContext, visitor: Visitor, account: Account) -> JourneyResult | None:
    """The journey of *account*, which is not logged in yet; None if the site can't change a password, or refuses to.

    Only the database tells the effect, so that there is none without it.
    """
    found = next(_forms(context.surface), None)
    if found is None or context.look_up is None:
        return None
    view, form = found
    visitor.begin()
    try:
        if not logs_in(context, visitor, account):
            return None
        visitor.begin()
        new = replace(account.person, password=f"{account.person.password[::-1]}-New7")
        remember(new.password)
        given = {
            each.name: account.person.password if OLD_PASSWORD.search(each.name) else new.password
            for each in form.inputs
            if PASSWORD.search(words_of(each.name))
        }
        made = attempt(visitor, filler_for(account.person), form, view.url.path, given=given, rounds=2)
    except SiteError:
        return None
    path = f"{form.method.upper()} {view.url.path}"
    if made.broken:
        return _ended(context, visitor, view, Verdict.BROKEN, f"{path}: {made.why}", "the account has the new password")
    if not made.accepted or made.answer is None or is_login(made.answer):
        return None
    old, state = context.state(account), context.state(Account(new, account.values))
    if old is None or state is None or not state.exists:
        return None
    if state.password_fits:
        return _ended(context, visitor, view, Verdict.WORKS, f"{path} → {made.answer.first}; it has the new password")
    if not old.password_fits:
        return None
    why = f"{path} was accepted ({made.answer.first}), and the account still has its old password"
    return _ended(context, visitor, view, Verdict.BROKEN, why, "the account has the new password")


def _forms(surface: Surface) -> Iterator[tuple[View, Form]]:
    """The forms that ask for the old password and a new one."""
    for view in surface.views:
        url = view.url
        path = addresses.fill(url.route, {}) if not addresses.parameters(url.route) else ""
        inside = bool(surface.admin) and path.startswith(surface.admin)
        if not path or inside or view.requires == "staff" or OTHER.search(f"{url.route} {url.name or ''}".lower()):
            continue
        for form in view.forms:
            passwords = [each.name for each in form.inputs if PASSWORD.search(words_of(each.name))]
            old = [name for name in passwords if OLD_PASSWORD.search(name)]
            if form.method in UNSAFE and form.encoding != "graphql" and len(old) == 1 and len(passwords) > 1:
                yield view, form


def _ended(
    context: AccountContext, visitor: Visitor, view: View, verdict: Verdict, why: str, expected: str = ""
) -> JourneyResult:
    return context.ended(
        visitor, "password-change", TITLE, "other", verdict, why, expected=expected, where=view.where
    )  # fmt: skip
