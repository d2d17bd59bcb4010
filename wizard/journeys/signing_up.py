"""Sign up and confirm the e-mail address: judged by the account that exists afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, filler_for
from wizard.journeys.account_doors import Door, closed_sign_up, form_at, says_sign_up
from wizard.journeys.attempts import attempt
from wizard.journeys.field_values import MAIL, PASSWORD, USER_NAME
from wizard.journeys.filling import Filled, Person
from wizard.journeys.logging_in import PENDING, is_inside
from wizard.journeys.login_proof import LOGIN_WORDS
from wizard.journeys.mail_contents import WAIT, Inbox, code_of, links_of
from wizard.journeys.mailed_steps import code_form, confirm
from wizard.journeys.refusals import has_pending_step
from wizard.journeys.result import NOT_FOR_VISITORS, JourneyResult, Verdict
from wizard.journeys.sample_values import matches, words_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, RedirectLoop, Visitor

MAIL_WORDS = re.compile(
    r"confirm|verif|activat|check your|inbox|e-?mail (?:has been |was )?sent|sent (?:you|an?)", re.I
)
MOST_DOORS = 3


@dataclass
class SignUp:
    """How a sign-up went.

    Arguments:
        account: the account, with the values that were accepted.
        attempt: None if no form could be sent.
        door: where it was sent.
        inside: whether the visitor is logged in right after it.
        waits: whether the site speaks of a confirmation or an approval.
        proven: whether it is known that the account exists.
    """

    account: Account
    attempt: Attempt
    inbox: Inbox
    door: Door | None = None
    inside: bool = False
    waits: bool = False
    proven: bool = False


def sign_up(context: AccountContext, visitor: Visitor, title: str = "A visitor signs up") -> SignUp | None:
    """The journey of a sign-up; None if the site has none, or if none was accepted. The result is recorded.

    The visitor becomes the person whom the site accepted.
    """
    places = context.doors("signup")[:MOST_DOORS]
    if not places and (why := closed_sign_up(context.surface)):
        context.ended(visitor, "signup", title, "signup", Verdict.OPEN, f"{NOT_FOR_VISITORS} sign up: {why}")
        return None
    if not places:
        context.absent["signup"] = f"no sign-up in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        return None
    refused: list[tuple[Door, Attempt | None, str]] = []
    closed: list[str] = []
    for door in places:
        visitor.begin()
        visitor.forget()
        try:
            made = _sign_up_at(context, visitor, door)
        except RedirectLoop as error:
            context.failed(visitor, "signup", title, "signup", error, door)
            return None
        except SiteError as error:
            refused.append((door, None, str(error)))
            continue
        if why := _closed_to_visitors(door, made.attempt):
            closed.append(why)
            continue
        if made.attempt.accepted:
            made.door = door
            _judge(context, visitor, door, made, title)
            return made
        refused.append((door, made.attempt, made.attempt.why))
        if made.attempt.broken:
            break
    if refused:
        _nowhere(context, visitor, refused, title)
    else:
        context.ended(visitor, "signup", title, "signup", Verdict.OPEN, f"{NOT_FOR_VISITORS} sign up: {closed[0]}")
    return None


def _nowhere(
    context: AccountContext, visitor: Visitor, refused: Sequence[tuple[Door, Attempt | None, str]], title: str
) -> None:
    """Record why no place accepted a sign-up: the one that came farthest tells it."""
    door, last, why = max(
        refused,
        key=lambda each: (each[1] is not None and each[1].broken, each[1] is None or each[1].answer is not None),
    )
    if last is not None and last.answer is None and not last.filled.values:
        context.absent["signup"] = f"no page with a form to sign up at {', '.join(each[0].path for each in refused)}"
        return
    broken = last is not None and last.broken
    verdict = Verdict.BROKEN if broken else Verdict.OPEN
    expected = "the sign-up answers without an error" if broken else ""
    context.ended(
        visitor, "signup", title, "signup", verdict, f"{door.path}: {why}", expected=expected, where=door.where
    )


def _sign_up_at(context: AccountContext, visitor: Visitor, door: Door) -> SignUp:
    """Sign up at one place.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    person = visitor.person
    inbox = context.inbox(person)
    form, page = form_at(visitor, door, "signup")
    if form is None:
        nothing = Filled(door.form, problem="the page has no form to sign up")
        return SignUp(Account(person), Attempt(None, nothing, False, why=nothing.problem), inbox)
    made = attempt(visitor, filler_for(person), form, form.path or door.path, also=accepted)
    # The next page of a sign-up in several steps.
    for _ in range(3):
        following = _next_step(made, page.path or door.path)
        if following is None or made.answer is None:
            break
        made = attempt(visitor, filler_for(person), following, following.path, also=accepted)
    visitor.person = _person_of(made, person)
    if visitor.person.email != person.email:
        inbox.address = visitor.person.email.lower()
    return SignUp(Account(visitor.person, dict(made.filled.values)), made, inbox)


def _closed_to_visitors(door: Door, made: Attempt) -> str:
    """That an address which does not speak of signing up makes accounts only for somebody who is logged in; or empty.

    One that speaks of it should be open, so that its refusal says nothing about whom it is for.
    """
    if says_sign_up(door.path) or made.broken:
        return ""
    if made.answer is not None and made.answer.status in (401, 403) and not has_pending_step(made.answer):
        return f"{door.path} answers {made.answer.status} to somebody who is not logged in"
    page, answer = made.before.path, made.answer
    to_log_in = [each for each in (page, answer.path if answer else "") if _is_log_in(each, door)]
    return f"{door.path} leads to {to_log_in[0].partition('?')[0]}" if to_log_in else ""


def _is_log_in(path: str, door: Door) -> bool:
    """Whether a visitor was led from *door* to a page to log in."""
    path = path.partition("?")[0]
    return path != door.path and bool(LOGIN_WORDS.search(path)) and not says_sign_up(path)


def accepted(answer: Answer) -> bool:
    """Whether an answer without a refusal means success: its form is not shown again."""
    new_password = [form for form in answer.page.forms if sum(each.kind == "password" for each in form.inputs) > 1]
    return not (new_password and answer.first == 200)


def _next_step(made: Attempt, path: str) -> Any:
    """The next form of a sign-up in several steps: one with a new password that the first did not have; else None."""
    if not made.accepted or made.answer is None or _has_password(made.filled.values):
        return None
    for form in made.answer.page.forms:
        if form.method == "post" and sum(each.kind == "password" for each in form.inputs) > 1:
            return replace(form, path=form.path or path)
    return None


def _has_password(fields: Iterable[str]) -> bool:
    """Whether one of *fields*, which were sent, is a password."""
    return any(PASSWORD.search(words_of(name)) for name in fields)


def _person_of(made: Attempt, person: Person) -> Person:
    """The person whom the site accepted: learning may have changed name, address or password."""
    name, email, password = person.name, person.email, person.password
    for field, value in made.filled.values.items():
        words = words_of(field)
        if not isinstance(value, str) or not value:
            continue
        if PASSWORD.search(words):
            password = value
        elif MAIL.search(words):
            email = value
        elif matches(USER_NAME.pattern, words):
            name = value
    return replace(person, name=name, email=email, password=password)


def _judge(context: AccountContext, visitor: Visitor, door: Door, made: SignUp, title: str) -> None:
    """Record the result of an accepted sign-up: whether the account exists."""
    answer = made.attempt.answer
    assert answer is not None
    person, state = made.account.person, context.state(made.account)
    said = answer.text[:5_000] + " ".join((*answer.page.notices, *answer.redirects))
    made.waits = bool(MAIL_WORDS.search(said) or PENDING.search(said))
    sent = f"{door.path} accepted the sign-up"
    made.waits = made.waits or code_form(answer) is not None or has_pending_step(answer)
    if state is not None and not state.exists and made.waits:
        state = None  # the account may be made when the address is confirmed
    has_password = _has_password(made.account.values)
    if state is not None and not state.exists and not has_password:
        state = None  # perhaps it is no sign-up: it asks for no password
    made.proven = state is not None
    made.account.doubtful = state is not None and not (state.exists and state.password_fits)
    why = expected = ""
    if state is not None and not state.exists:
        status, expected = answer.first or answer.status, "the account exists"
        why = f"{sent} with {status}, and there is no account for {person.name} or {person.email}"
    elif state is not None and has_password and not state.password_fits:
        why, expected = (
            f"{sent}, and the account does not have the password that was sent",
            "the account has the password",
        )
    if why:
        broken = Verdict.BROKEN
        context.ended(visitor, "signup", title, "signup", broken, why, expected=expected, where=door.where)
        return
    try:
        made.inside, _ = is_inside(context, visitor, answer, made.account)
    except SiteError:
        made.inside = False
    made.proven = made.proven or made.inside
    why = (
        f"{sent}, and the account exists{'' if has_password else '; no password was asked for'}"
        if state is not None
        else f"{sent}, and the visitor is logged in: {context.proof.seen}"
    )
    if not made.proven:
        why = f"{sent}; whether the account exists is not known yet"
    verdict = Verdict.WORKS if made.proven else Verdict.OPEN
    context.ended(visitor, "signup", title, "signup", verdict, why, where=door.where)


def _settle(context: AccountContext, visitor: Visitor, made: SignUp, done: bool) -> None:
    """Judge a sign-up whose account is made only when its address is confirmed."""
    state = context.state(made.account) if done and not made.proven else None
    if state is None:
        return
    name, made.proven = "signup" if visitor.role == "first" else f"{visitor.role}-signup", True
    if state.exists:
        context.amend(name, Verdict.WORKS, "the sign-up was accepted, and the account exists after the confirmation")
    else:
        made.account.doubtful = True
        why = "the sign-up was accepted and confirmed, and there is no account"
        context.amend(name, Verdict.BROKEN, why, expected="the account exists")


def _lost_link(context: AccountContext, mail: EmailMessage, visitor: Visitor) -> str:
    """That a mail's link to the site's own host leads nowhere, at a site with pages; else empty."""
    own = [each for each in links_of(mail) if urlsplit(each).hostname == context.site.host]
    has_pages = any(not each.data for each in context.doors("login"))
    if own and has_pages and any(each.status == 404 for each in visitor.requests):
        return "the link of the mail leads to a page that does not exist"
    return ""


def confirm_mail(context: AccountContext, visitor: Visitor, made: SignUp) -> JourneyResult | None:
    """The journey of the confirmation by mail; None if the site sends no mail that asks for one."""
    visitor.begin()
    who = "The second visitor" if visitor.role == "second" else "The visitor"
    title, name = f"{who} confirms the e-mail address", "confirm"
    mails = made.inbox.new(WAIT if made.waits else 0.3)
    asking = [each for each in mails if code_of(each) or links_of(each)]
    answer = made.attempt.answer
    if not asking:
        asks = answer is not None and (MAIL_WORDS.search(answer.text) or code_form(answer) is not None)
        if made.waits and asks and not made.inside:
            return context.no_mail(visitor, name, title, "confirm", made.door)
        context.absent["confirm"] = "no mail after the sign-up asks for a confirmation"
        return None
    try:
        done, why = confirm(visitor, filler_for(visitor.person), context.surface, asking[-1], answer)
    except SiteError as error:
        made.account.doubtful = True
        return context.failed(visitor, name, title, "confirm", error)
    last = visitor.requests[-1].status if visitor.requests else 0
    lost = f"the mail's link answered {last}" if last >= 500 else _lost_link(context, asking[-1], visitor)
    if lost and not done:
        made.account.doubtful = True
        expected = "the link of the mail confirms the address"
        return context.ended(visitor, name, title, "confirm", Verdict.BROKEN, lost, expected=expected)
    made.account.confirmed = done
    _settle(context, visitor, made, done)
    if not done and not made.waits:
        context.absent["confirm"] = "the mail after the sign-up asks for nothing that Golive recognizes"
        return None
    return context.ended(visitor, name, title, "confirm", Verdict.WORKS if done else Verdict.OPEN, why)
