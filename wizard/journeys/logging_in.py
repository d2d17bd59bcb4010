"""Log in, log out, log in again, and a wrong password: judged by whether the visitor is let in afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for, paths_of
from wizard.journeys.account_doors import Door, form_at, form_on_page
from wizard.journeys.attempts import attempt
from wizard.journeys.mail_contents import WAIT, Inbox, code_of
from wizard.journeys.mailed_steps import code_form, open_link, with_code
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.tokens import JWT, adopt_token, refresh_token_of, tokens_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input

PENDING = re.compile(r"inactive|not active|disabled|approv|pending|verif|confirm|activat|moderat|review", re.I)
"""Words of a site that has the account and does not let it in yet."""
MOST_DOORS = 3


@dataclass
class Login:
    """How a log-in went.

    Arguments:
        inside: whether the visitor is logged in.
        by: how: what shows it, and how a token is sent.
        accepted: whether the site said so.
        certain: whether an address is known that tells who is logged in.
    """

    door: Door
    inside: bool
    accepted: bool
    why: str
    answer: Answer | None = None
    identifier: str = ""
    broken: bool = False
    certain: bool = False

    @property
    def refused(self) -> bool:
        """Whether a log-in that works said no to the name and the password."""
        if self.accepted or self.broken or self.answer is None:
            return False
        return self.answer.status in (400, 401, 403, 422) or (self.answer.status == 200 and self.answer.is_page)


def log_in(
    context: AccountContext, visitor: Visitor, account: Account, name: str = "login", kind: str = "login"
) -> JourneyResult | None:
    """The journey of a log-in; None if the site has none. The visitor is logged in afterwards if it works."""
    visitor.begin()
    visitor.forget()
    title = "A visitor logs in" if kind == "login" else "The visitor logs in again"
    places = [context.login_door] if context.login_door else context.doors("login")[:MOST_DOORS]
    if not places:
        context.absent[kind] = f"no log-in in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        return None
    best: Login | None = None
    try:
        for login in _tries(context, visitor, account, places):
            if best is None or (login.inside, login.broken, login.accepted) > (best.inside, best.broken, best.accepted):
                best = login
            if login.inside:
                break
    except SiteError as error:
        if best is None or not best.inside:
            return context.ended(visitor, name, title, kind, Verdict.OPEN, str(error), where=places[0].where)
    if best is None:
        context.absent[kind] = f"no page with a log-in form at {', '.join(each.path for each in places)}"
        return None
    context.credentials_refused = best.refused
    return _judged(context, visitor, account, best, name, title, kind)


def _judged(
    context: AccountContext, visitor: Visitor, account: Account, best: Login, name: str, title: str, kind: str
) -> JourneyResult:
    """The result of a log-in: broken where the site contradicts itself or what it did before."""
    worked_before = context.login_door is not None
    verdict, expected, why = Verdict.WORKS, "", best.why
    if best.inside:
        note_refresh_token(visitor, best.answer)
        context.login_door, context.login_identifier = best.door, _kind_of_identifier(account, best.identifier)
    elif best.broken:
        verdict, expected = Verdict.BROKEN, "the log-in answers without an error"
    elif best.accepted and (best.certain or worked_before):
        verdict, expected = Verdict.BROKEN, "after the log-in the visitor is let in"
        why = f"the log-in was accepted, and the visitor is not logged in afterwards: {best.why}"
    elif worked_before and not PENDING.search(best.why):
        verdict, expected = Verdict.BROKEN, "the same log-in works as it did before"
        why = f"the log-in was refused, although it worked before: {best.why}"
    else:
        state = context.state(account.person)
        known = state is not None and state.exists and state.active and state.password_fits
        verdict = (
            Verdict.BROKEN
            if known and not best.accepted and account.values and not PENDING.search(best.why)
            else Verdict.OPEN
        )
        if verdict is Verdict.BROKEN:
            expected, why = (
                "the log-in accepts the account's password",
                f"the account exists and has this password, and the site refuses: {best.why}",
            )
    return context.ended(visitor, name, title, kind, verdict, why, expected=expected, where=best.door.where)


def _kind_of_identifier(account: Account, identifier: str) -> str:
    return "email" if identifier == account.person.email else "name" if identifier == account.person.name else ""


def _tries(context: AccountContext, visitor: Visitor, account: Account, places: list[Door]) -> Iterator[Login]:
    """Log in at each place, with what may identify the visitor there, until it works."""
    for door in places:
        form, _ = form_at(visitor, door, "login")
        if form is None:
            continue
        identifiers = account.identifiers
        wanted = context.login_identifier or ("email" if context.surface.username == "email" else "")
        if wanted == "email":
            identifiers = [account.person.email, *(each for each in identifiers if each != account.person.email)]
        seen: list[dict[str, object]] = []
        for identifier in identifiers:
            values = credentials(form, account, identifier)
            if values in seen:
                continue
            seen.append(values)
            yield (login := log_in_at(context, visitor, account, door, form, identifier))
            if login.inside or login.broken or login.accepted:
                break
            if not door.data:
                form = form_at(visitor, door, "login")[0] or form


def log_in_at(
    context: AccountContext, visitor: Visitor, account: Account, door: Door, form: Form, identifier: str
) -> Login:
    """Log in at one place, with the code of a mail if the site asks for one.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    filler = filler_for(account.person)
    inbox = context.inbox(account.person)
    given = credentials(form, account, identifier)
    made = attempt(visitor, filler, form, form.path or door.path, given=given, rounds=3, accepts=_accepted)
    login = Login(door, False, made.accepted, made.why, made.answer, identifier, made.broken)
    if made.answer is None or made.broken:
        return login
    answer = made.answer
    if made.accepted and (entered := _second_step(context, visitor, account, answer, inbox)) is not None:
        answer, login.why, login.accepted = entered
    if login.accepted:
        login.inside, login.why = is_inside(context, visitor, answer, account)
        login.certain = bool(context.proof.path)
        if not (login.inside or login.certain or tokens_of(answer)) and (path := context.proof.shuts_out(visitor)):
            login.certain, login.why = True, f"{path} still asks to log in"
        login.answer = answer
    return login


def _accepted(answer: Answer) -> bool:
    """Whether the answer to a log-in may mean success: no refusal, or a code is asked for."""
    from wizard.journeys.refusals import refusals_of

    if _pending_flow(answer):
        return True
    if answer.status >= 400:
        return False
    passwords = [form for form in answer.page.forms if any(each.kind == "password" for each in form.inputs)]
    shown_again = bool(passwords) and answer.first == 200 and answer.is_page
    return not refusals_of(answer) and not shown_again


def _pending_flow(answer: Answer) -> bool:
    """Whether allauth's API says that one more step is needed, which it does with a 401."""
    data = answer.json.get("data") if isinstance(answer.json, dict) else None
    flows = data.get("flows") if isinstance(data, dict) else None
    return isinstance(flows, list) and any(isinstance(each, dict) and each.get("is_pending") for each in flows)


def _second_step(
    context: AccountContext, visitor: Visitor, account: Account, answer: Answer, inbox: Inbox
) -> tuple[Answer, str, bool] | None:
    """Send the code of a mail where the site asks for one; None if it asks for nothing."""
    form = code_form(answer)
    asks = form is not None or _pending_flow(answer) or _speaks_of_code(answer)
    if not asks:
        return None
    mails = inbox.new(WAIT)
    if not mails:
        return answer, "the site asks for a code, and no mail with one came", False
    code, filler = code_of(mails[-1]), filler_for(account.person)
    if form is not None and code:
        made = attempt(visitor, filler, form, form.path, given=with_code(form, code))
        return made.answer or answer, made.why or "the code of the mail was accepted", made.accepted
    for door in context.doors("confirm") if code else ():
        if door.data:
            inputs = door.form.inputs or (Input("email", "email"), Input("code"))
            form = replace(door.form, inputs=inputs)
            given = {**credentials(form, account, account.person.email), **with_code(form, code)}
            made = attempt(visitor, filler, form, door.path, given=given)
            if made.accepted and made.answer is not None:
                return made.answer, "the code of the mail was accepted", True
    if (opened := open_link(visitor, mails[-1])) is not None:
        return opened[0], "the link of the mail was followed", True
    return answer, "the site asks for a code, and no form takes the one of its mail", False


def _speaks_of_code(answer: Answer) -> bool:
    text = answer.text[:2_000]
    return bool(
        re.search(r"\b(otp|code|magic link)\b", text, re.I) and re.search(r"mail|sent|sms|phone", text, re.I)
    ) and not tokens_of(answer)


def is_inside(context: AccountContext, visitor: Visitor, answer: Answer, account: Account) -> tuple[bool, str]:
    """Whether the visitor is logged in after *answer*, by its cookies or by a token in it, and what shows it.

    Raises:
        SiteError: as `Visitor.get` does.
    """
    more = paths_of(answer)
    if context.proof.holds(visitor, None):
        return True, context.proof.seen
    tokens = tokens_of(answer)
    if tokens:
        variable = f"token_{visitor.role}"
        how = adopt_token(visitor, answer, lambda: context.proof.holds(visitor, None), variable=variable)
        if how:
            return True, f"{context.proof.seen}, with the header {how}"
    if context.proof.holds(visitor, more):
        return True, context.proof.seen
    if tokens:
        if not context.proof.path and not any(context.proof.addresses(more)[:-1]):
            return True, "the answer has a token; the site has no address at which to try it"
        return False, "the answer has a token, and no address lets the visitor in with it"
    return False, "no address answers differently than to a visitor who is not logged in"


def log_in_elsewhere(context: AccountContext, visitor: Visitor, account: Account) -> None:
    """Log in at the API, too, if the log-in was a page's, or the other way round: other journeys may need both."""
    first = context.login_door
    others = [each for each in context.doors("login")[:MOST_DOORS] if first is not None and each.data != first.data]
    for door in others[:1]:
        other = Visitor(context.site, account.person, role=visitor.role, budget=context.budget)
        own = AccountContext(context.site, context.surface, context.mails, budget=context.budget)
        own.login_identifier = context.login_identifier
        try:
            if next((each for each in _tries(own, other, account, [door]) if each.inside), None) is None:
                continue
        except SiteError:
            continue
        visitor.headers.update(other.headers)
        visitor.cookies.add(other.cookies)


def refuse_wrong_password(context: AccountContext, visitor: Visitor, account: Account) -> JourneyResult | None:
    """Try the account with another password; None without a log-in that works."""
    door = context.login_door
    if door is None:
        return None
    stranger = Visitor(context.site, account.person, role=visitor.role, budget=context.budget)
    name, title = "login-wrong-password", "A wrong password is refused"
    wrong = Account(replace(account.person, password=f"not-{account.person.password[::-1]}"), account.values)
    stranger.person = wrong.person
    try:
        form = form_at(stranger, door, "login")[0] or door.form
        identifier = account.person.email if context.login_identifier == "email" else account.person.name
        filled_in = credentials(form, wrong, identifier)
        made = attempt(
            stranger,
            filler_for(wrong.person),
            form,
            form.path or door.path,
            given=filled_in,
            rounds=1,
            accepts=_accepted,
        )
        inside, how = (
            is_inside(context, stranger, made.answer, wrong)
            if made.answer is not None and made.accepted
            else (False, "")
        )
    except SiteError as error:
        return context.ended(stranger, name, title, "hole", Verdict.OPEN, str(error), where=door.where)
    if made.answer is None:
        return context.ended(stranger, name, title, "hole", Verdict.OPEN, made.why, where=door.where)
    expected = "the log-in refuses a wrong password"
    if inside:
        why = f"the visitor is logged in with a wrong password: {how}"
        return context.ended(stranger, name, title, "hole", Verdict.BROKEN, why, expected=expected, where=door.where)
    if made.broken:
        return context.ended(
            stranger, name, title, "hole", Verdict.BROKEN, made.why, expected=expected, where=door.where
        )
    return context.ended(
        stranger, name, title, "hole", Verdict.WORKS, made.why or "the visitor is not logged in", where=door.where
    )


# ---- log-out


def log_out(
    context: AccountContext, visitor: Visitor, account: Account, landing: Answer | None
) -> JourneyResult | None:
    """The journey of a log-out; None if the site has none. *landing* is a page that the visitor saw when logged in."""
    visitor.begin()
    name, title, expected = "logout", "The visitor logs out", "after the log-out the session is over"
    page = landing.page if landing is not None else None
    places = context.doors("logout", *([page] if page else []))[:MOST_DOORS]
    if not places:
        context.absent["logout"] = f"no log-out in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        return None
    before, said = visitor.twin(), ""
    door = places[0]
    try:
        for door in places:
            for answer in _ways_out(visitor, door, landing):
                if answer.status >= 500:
                    why = f"{door.path} answered {answer.status}"
                    return context.ended(
                        visitor, name, title, "logout", Verdict.BROKEN, why, expected=expected, where=door.where
                    )
                if not (done := answer.status < 400 or _signed_off(answer)):
                    said = said or f"{door.path} answered {answer.status}"
                    continue
                if why := _still_inside(context, visitor, before):
                    said = f"{door.path} answered {answer.status}, and {why}" if done else said
                    continue
                why = f"{context.proof.path} no longer lets the visitor in"
                return context.ended(visitor, name, title, "logout", Verdict.WORKS, why, where=door.where)
    except SiteError as error:
        return context.ended(visitor, name, title, "logout", Verdict.OPEN, str(error), where=door.where)
    broken = " and " in said
    verdict = Verdict.BROKEN if broken else Verdict.OPEN
    return context.ended(visitor, name, title, "logout", verdict, said or "no way to log out was accepted",
                         expected=expected if broken else "", where=door.where)  # fmt: skip


def _signed_off(answer: Answer) -> bool:
    """Whether allauth's API says that nobody is logged in, which it does with a 401."""
    meta = answer.json.get("meta") if isinstance(answer.json, dict) else None
    return isinstance(meta, dict) and meta.get("is_authenticated") is False


def _ways_out(visitor: Visitor, door: Door, landing: Answer | None) -> Iterator[Answer]:
    """Send the log-out in each way that it may want, as a page would first."""
    if door.form.source.startswith("page"):
        yield visitor.send(filler_for(visitor.person).fill(door.form), door.path)
    if door.data or "headless" in door.path or "_allauth" in door.path:
        refresh = visitor.recorder.refresh_token
        body = {"refresh": refresh, "refresh_token": refresh} if refresh else {}
        if not door.methods or "post" in door.methods:
            yield visitor.request("POST", door.path, json=body)
        if not door.methods or "delete" in door.methods:
            yield visitor.request("DELETE", door.path, headers={"Accept": "application/json"})
        return
    if door.methods == ("post",) or door.form.source.startswith("page"):
        yield visitor.request("POST", door.path, form={})
        return
    answer = visitor.get(door.path)
    if (
        answer.status < 400
        and (form := form_on_page(answer.page, door, "logout"))
        and form.path.partition("?")[0] == door.path
    ):
        answer = visitor.send(filler_for(visitor.person).fill(form), form.path)
    yield answer
    yield visitor.request("POST", door.path, form={})


def _still_inside(context: AccountContext, visitor: Visitor, before: Visitor) -> str:
    """How the visitor is still logged in; empty if not. Tokens and cookies that carry their own proof stay valid."""
    if not context.proof.path:
        return ""
    if context.proof.holds(visitor) and not any(JWT.search(value) for value in visitor.headers.values()):
        return "the visitor is still logged in"
    values = before.cookies.for_path("/").values()
    stateless = any(
        JWT.fullmatch(each) or each.count(":") > 1
        for each in (*values, *(one.rpartition(" ")[2] for one in before.headers.values()))
    )
    if not stateless and context.proof.holds(before):
        return f"{context.proof.path} still lets in whoever has the cookie or token from before"
    return ""


def note_refresh_token(visitor: Visitor, answer: Answer | None) -> None:
    """Remember the token that a log-out wants back."""
    if answer is not None and (token := refresh_token_of(answer)):
        visitor.recorder.refresh_token = token
