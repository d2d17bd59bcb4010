"""Log in with a wrong password, or with a wrong code: the site must not let the visitor in."""

from __future__ import annotations

from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for
from wizard.journeys.account_doors import Door, form_at, has_password
from wizard.journeys.attempts import attempt
from wizard.journeys.filling import Person
from wizard.journeys.logging_in import Login, log_in_at
from wizard.journeys.mail_contents import WAIT, code_of
from wizard.journeys.rate_limits import is_limited, why_limited
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form


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
        made, seen, limited = None, list[object](), list[bool]()
        for identifier in account.identifiers[:2]:
            values = credentials(form, wrong, identifier)
            if values in seen:
                continue
            seen.append(values)
            made = log_in_at(context, visitor, wrong, door, form, identifier, wrong=True)
            if made.inside or made.broken:
                break
            limited.append(is_limited(made.answer, made.why))
            form = form_at(visitor, door, "login")[0] or form
        if word == "code" and made is not None and not (made.inside or made.broken):
            made = _with_foreign_code(context, visitor, wrong, door, form) or made
    except SiteError as error:
        return ended(Verdict.OPEN, str(error))
    if made is None or made.answer is None:
        return ended(Verdict.OPEN, made.why if made else "the log-in has no field for a name")
    if limited and all(limited) and not (made.inside or made.broken):
        return ended(Verdict.OPEN, why_limited(made.why))
    if made.inside:
        context.takes_any_password = True
        return ended(Verdict.BROKEN, f"the visitor is logged in with a wrong {word}: {made.why}")
    return ended(Verdict.BROKEN if made.broken else Verdict.WORKS, made.why or "the visitor is not logged in")


def _with_foreign_code(
    context: AccountContext, visitor: Visitor, account: Account, door: Door, form: Form
) -> Login | None:
    """Log in with the code that the site sent to somebody else; None if it sends none.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    other = Account(Person.made_up())
    inbox = context.inbox(other.person)
    stranger = visitor.accompanied(other.person, visitor.role)
    asked = form_at(stranger, door, "login")[0] or form
    given = credentials(asked, other, other.person.email)
    made = attempt(stranger, filler_for(other.person), asked, asked.path or door.path, given=given, rounds=1)
    mails = inbox.new(WAIT) if made.accepted else []
    if not mails or not (code := code_of(mails[-1])):
        return None
    form = form_at(visitor, door, "login")[0] or form
    email = account.person.email
    return log_in_at(context, visitor, account, door, form, email, wrong=True, foreign_code=code)
