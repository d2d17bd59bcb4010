"""Reset a password by mail: afterwards the new password is accepted, and the old one refused."""

from __future__ import annotations

from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for
from wizard.journeys.account_doors import Door, form_at
from wizard.journeys.attempts import attempt
from wizard.journeys.field_values import PASSWORD
from wizard.journeys.filling import Person
from wizard.journeys.logging_in import is_locked, log_in_at
from wizard.journeys.mail_contents import WAIT, code_of
from wizard.journeys.mailed_steps import code_form, open_link, send_keys, with_code
from wizard.journeys.rate_limits import is_limited
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.sample_values import words_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

NAME, TITLE = "reset", "The visitor resets the password by mail"


def reset_password(context: AccountContext, visitor: Visitor, account: Account) -> JourneyResult | None:
    """The journey of a password reset; None if the site has none. The account has the new password afterwards."""
    visitor.begin()
    stranger = visitor.accompanied(account.person, visitor.role)
    places = context.doors("reset")[:2]
    if not places:
        context.absent["reset"] = (
            f"no password reset in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        )
        return None
    why = ""
    for door in places:
        visitor.begin()
        try:
            result, why = _reset_at(context, stranger, account, door)
        except SiteError as error:
            result, why = None, str(error)
        if result is not None:
            return result
    return context.ended(stranger, NAME, TITLE, "reset", Verdict.OPEN, why, where=places[0].where)


def _reset_at(
    context: AccountContext, visitor: Visitor, account: Account, door: Door
) -> tuple[JourneyResult | None, str]:
    """Reset the password at one place. The second value says why there is no result.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    inbox = context.inbox(account.person)
    form, _ = form_at(visitor, door, "reset")
    if form is None:
        return None, f"{door.path} has no form"
    given = credentials(form, account, account.person.email)
    made = attempt(visitor, filler_for(account.person), form, form.path or door.path, given=given)
    if made.broken:
        return _ended(context, visitor, Verdict.BROKEN, made.why, door, "a mail with a link or a code is sent"), ""
    if not made.accepted:
        return None, f"{door.path}: {made.why}"
    mails = inbox.new(WAIT)
    if not mails:
        state = context.state(account)
        should_come = (
            not context.may_send_later(door)
            and account.has_address
            and (account.confirmed or (state is not None and state.exists and state.active))
        )
        why = f"{door.path} accepted the request, and no mail came"
        # A site must not say whether it knows an address, so it accepts every one. It knows this one.
        if should_come and context.login_door is not None:
            return _ended(context, visitor, Verdict.BROKEN, why, door, "a mail with a link or a code is sent"), ""
        return None, why
    new = replace(account.person, password=f"{account.person.password[::-1]}-New5")
    visitor.person = new
    changed, why = set_password(context, visitor, new, mails[-1], made.answer)
    if changed is None or not changed.accepted:
        if changed is not None and changed.broken:
            return _ended(context, visitor, Verdict.BROKEN, changed.why, door, "the new password is accepted"), ""
        return None, changed.why if changed else why
    final = next(
        (
            value
            for name, value in changed.filled.values.items()
            if PASSWORD.search(words_of(name)) and isinstance(value, str)
        ),
        new.password,
    )
    return _judged(context, visitor, account, replace(new, password=final), door), ""


def set_password(
    context: AccountContext, visitor: Visitor, person: Person, mail: object, before: Answer | None
) -> tuple[Attempt | None, str]:
    """Send the new password with the mail's key: in the page that its link opens, or to the API."""
    from email.message import EmailMessage

    assert isinstance(mail, EmailMessage)
    filler, code = filler_for(person), code_of(mail)
    if (opened := open_link(visitor, mail)) is not None:
        answer, _ = opened
        if (form := _new_password_form(answer)) is not None:
            return attempt(visitor, filler, form, form.path), ""
    if before is not None and code and (form := code_form(before)) is not None:
        made = attempt(visitor, filler, form, form.path, given=with_code(form, code))
        if (
            made.answer is None
            or not made.accepted
            or any(PASSWORD.search(words_of(name)) for name in made.filled.values)
        ):
            return made, ""
        if (following := _new_password_form(made.answer)) is not None:
            return attempt(visitor, filler, following, following.path), ""
    places = [each for each in context.doors("reset-confirm") if each.data]
    made_by_key = send_keys(visitor, filler, places, mail, {"password": person.password})
    return made_by_key, "the mail has neither a link to a page for a new password nor a code that a form asks for"


def _new_password_form(answer: Answer) -> Form | None:
    return next(
        (
            each
            for each in answer.page.forms
            if each.method == "post" and any(one.kind == "password" for one in each.inputs)
        ),
        None,
    )


def _judged(context: AccountContext, visitor: Visitor, account: Account, new: Person, door: Door) -> JourneyResult:
    """Try both passwords where the log-in worked before.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    if (login := context.login_door) is None:
        return _ended(
            context, visitor, Verdict.OPEN, "the new password was accepted; no log-in is known to try it", door
        )
    untried = ""
    for person, should in ((new, True), (account.person, False)):
        other = visitor.accompanied(person, visitor.role)
        identifier = person.email if context.login_identifier == "email" else person.name
        tried = Account(person, account.values)
        form = form_at(other, login, "login")[0] or login.form
        made = log_in_at(context, other, tried, login, form, identifier)
        if should and not made.inside and is_locked(made):
            return _ended(context, visitor, Verdict.OPEN, f"the new password could not be tried: {made.why}", door)
        if should and made.inside:
            account.inside = other
        if not should and is_limited(made.answer, made.why):
            untried = made.why
        if made.inside != should and not context.takes_any_password:
            why = "the old password is still accepted" if made.inside else f"the new password is refused: {made.why}"
            return _ended(context, visitor, Verdict.BROKEN, why, door, "only the new password is accepted")
    account.person = new
    why = "the new password logs in, and the old one no longer does"
    if untried:
        why = f"the new password logs in. The old one was not tried: {untried}"
    return _ended(context, visitor, Verdict.WORKS, why, door)


def _ended(
    context: AccountContext, visitor: Visitor, verdict: Verdict, why: str, door: Door, expected: str = ""
) -> JourneyResult:
    return context.ended(visitor, NAME, TITLE, "reset", verdict, why, expected=expected, where=door.where)
