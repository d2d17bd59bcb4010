"""What a password reset must not allow: its link works once only, and nobody can ask for mails without end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage

from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for
from wizard.journeys.account_doors import Door, form_at
from wizard.journeys.attempts import attempt
from wizard.journeys.filling import Person
from wizard.journeys.password_reset import set_password
from wizard.journeys.rate_limits import is_limited
from wizard.journeys.visitor import Visitor

MOST = 12
"""Requests after which a reset counts as unlimited. Allowing more mails than this to one address is of no use."""


def works_again(context: AccountContext, person: Person, mail: EmailMessage) -> bool:
    """Whether the link of a *mail* that was used sets yet another password of *person*.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    other = replace(person, password=f"{person.password}-Again")
    visitor = Visitor(context.site, other, budget=context.budget)
    made, _ = set_password(context, visitor, other, mail, None)
    return made is not None and made.accepted


@dataclass(frozen=True)
class Flood:
    """Requests for a reset of one address in a row.

    Arguments:
        asked: how many were sent.
        refused: the answer that ended them; empty without one.
        mails: how many mails came.
        why: why no request could be sent; empty if one was.
    """

    asked: int = 0
    refused: str = ""
    mails: int = 0
    why: str = ""

    @property
    def limited(self) -> bool:
        return bool(self.refused) or self.mails < self.asked


def flood(context: AccountContext, account: Account, door: Door, arrived: Callable[[int], bool]) -> Flood:
    """Ask for resets of one address until the site refuses, no mail comes any more, or MOST were asked for.

    *arrived* waits for the mail after the given number of mails, and says whether it came.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    visitor, mails = Visitor(context.site, account.person, budget=10 * context.budget), 0
    for number in range(1, MOST + 1):
        visitor.begin()
        form, _ = form_at(visitor, door, "reset")
        if form is None and mails:
            return Flood(number, f"request {number}: {door.path} shows no form any more", mails)
        if form is None:
            return Flood(why=f"{door.path} has no form")
        given = credentials(form, account, account.person.email)
        made = attempt(visitor, filler_for(account.person), form, form.path or door.path, given=given, rounds=1)
        if is_limited(made.answer, made.why) or (made.answer is not None and not made.accepted and mails):
            status = made.answer.status if made.answer is not None else 0
            return Flood(number, f"request {number}: {status}", mails)
        if not made.accepted:
            return Flood(number - 1, "", mails, made.why)
        if not arrived(mails):
            return Flood(number, "", mails)
        mails += 1
    return Flood(MOST, "", mails)
