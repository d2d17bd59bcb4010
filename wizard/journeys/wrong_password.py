"""Log in with a wrong password, or with a wrong code: the site must not let the visitor in."""

from __future__ import annotations

from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext
from wizard.journeys.account_doors import form_at, has_password
from wizard.journeys.logging_in import log_in_at
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.visitor import Visitor


def refuse_wrong_password(context: AccountContext, account: Account, role: str) -> JourneyResult | None:
    """Try the account with another password, or another code than its mail's; None without a log-in that works."""
    door = context.login_door
    if door is None:
        return None
    wrong = Account(replace(account.person, password=f"not-{account.person.password[::-1]}"), account.values)
    visitor = Visitor(context.site, wrong.person, role=role, budget=context.budget)
    word = "password"

    def ended(verdict: Verdict, why: str) -> JourneyResult:
        expected = f"the log-in refuses a wrong {word}" if verdict is Verdict.BROKEN else ""
        return context.ended(
            visitor, f"login-wrong-{word}", f"A wrong {word} is refused", "hole", verdict, why,
            expected=expected, where=door.where,
        )  # fmt: skip

    try:
        form = form_at(visitor, door, "login")[0] or door.form
        word = "password" if has_password(form) else "code"
        identifier = account.person.email if context.login_identifier == "email" else account.person.name
        made = log_in_at(context, visitor, wrong, door, form, identifier, wrong=True)
    except SiteError as error:
        return ended(Verdict.OPEN, str(error))
    if made.answer is None:
        return ended(Verdict.OPEN, made.why)
    if made.inside:
        context.takes_any_password = True
        return ended(Verdict.BROKEN, f"the visitor is logged in with a wrong {word}: {made.why}")
    return ended(Verdict.BROKEN if made.broken else Verdict.WORKS, made.why or "the visitor is not logged in")
