"""Log in, log out, log in again, and a wrong password: judged by whether the visitor is let in afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizard.base.errors import SiteError
from wizard.base.secrets import excerpt
from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for, paths_of
from wizard.journeys.account_doors import Door, form_at
from wizard.journeys.attempts import attempt
from wizard.journeys.field_values import PASSWORD
from wizard.journeys.mailed_steps import code_form
from wizard.journeys.rate_limits import is_limited
from wizard.journeys.refusals import Refusal, has_pending_step
from wizard.journeys.result import NOT_FOR_VISITORS, JourneyResult, Verdict
from wizard.journeys.sample_values import words_of
from wizard.journeys.second_step import NO_MAIL, take_second_step
from wizard.journeys.tokens import adopt_token, refresh_token_of, tokens_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

PENDING = re.compile(r"inactive|not active|disabled|approv|pending|verif|confirm|activat|moderat|review", re.I)
"""Words of a site that has the account and does not let it in yet."""
IDENTIFYING = re.compile(r"user|name|mail|login|passw|identif|credential|phone", re.I)
"""Names of the fields by which a visitor logs in."""
FOR_STAFF = re.compile(r"\bstaff\b|administrator|permission|not authori[sz]ed|not allowed", re.I)
"""Words of a log-in that is not for every visitor."""
STAFF_ONLY = re.compile(r"\bstaff (?:account|member|user)|permission to access (?:the|this) admin", re.I)
"""Words of a log-in that is only for staff: those of Django's admin and of Wagtail's."""
MOST_DOORS = 3


@dataclass
class Login:
    """How a log-in went.

    Arguments:
        inside: whether the visitor is logged in.
        by: how: what shows it, and how a token is sent.
        accepted: whether the site said so.
        no_mail: whether a code was asked for and no mail came.
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

    refusals: list[Refusal] = field(default_factory=list)
    no_mail: bool = False

    @property
    def refused(self) -> bool:
        """Whether a log-in that works said no to the name and the password, and to nothing else."""
        if self.accepted or self.broken or self.inside or self.answer is None or is_limited(self.answer, self.why):
            return False
        if FOR_STAFF.search(self.why):
            return False
        about_others = any(each.field and not IDENTIFYING.search(each.field) for each in self.refusals)
        answered = self.answer.status in (400, 401, 422) or (self.answer.status == 200 and self.answer.is_page)
        return answered and not about_others


def log_in(
    context: AccountContext, visitor: Visitor, account: Account, name: str = "login", kind: str = "login"
) -> JourneyResult | None:
    """The journey of a log-in; None if the site has none. The visitor is logged in afterwards if it works."""
    visitor.begin()
    visitor.forget()
    who = {"second": "A second visitor", "staff": "A staff member"}.get(visitor.role, "A visitor")
    title = f"{who} logs in" if kind == "login" else "The visitor logs in again"
    places = [context.login_door] if context.login_door else context.doors("login")[:MOST_DOORS]
    if not places:
        context.absent[kind] = f"no log-in in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        return None
    best: Login | None = None
    tried: list[Login] = []
    try:
        for login in _tries(context, visitor, account, places):
            tried.append(login)
            if best is None or (login.inside, login.broken, login.accepted) > (best.inside, best.broken, best.accepted):
                best = login
            if login.inside:
                break
    except SiteError as error:
        if best is None or not best.inside:
            return context.failed(visitor, name, title, kind, error, places[0])
    if best is None:
        context.absent[kind] = f"no page with a log-in form at {', '.join(each.path for each in places)}"
        return None
    context.credentials_refused = all(each.refused for each in tried)
    if context.login_door is None and all(_is_for_staff(each) for each in tried):
        why = f"{NOT_FOR_VISITORS} log in: {best.door.path} lets in only staff: {best.why}"
        return context.ended(visitor, name, title, kind, Verdict.OPEN, why, where=best.door.where)
    return _judged(context, visitor, account, best, name, title, kind)


def _judged(
    context: AccountContext, visitor: Visitor, account: Account, best: Login, name: str, title: str, kind: str
) -> JourneyResult:
    """The result of a log-in: broken where the site contradicts itself or what it did before."""
    state = context.state(account)
    inactive = state is not None and state.exists and not state.active  # such as one that waits for an approval
    worked_before = context.login_door is not None and not account.doubtful and not inactive
    verdict, expected, why = Verdict.WORKS, "", best.why
    if best.inside:
        visitor.recorder.refresh_token = refresh_token_of(best.answer) if best.answer is not None else ""
        context.login_door, context.login_identifier = best.door, _kind_of_identifier(account, best.identifier)
    elif best.no_mail:
        later = context.may_send_later(best.door)
        verdict, expected = (Verdict.OPEN, "") if later else (Verdict.BROKEN, "a mail with a code arrives")
    elif best.broken:
        verdict, expected = Verdict.BROKEN, "the log-in answers without an error"
    elif best.accepted and (best.certain or worked_before):
        verdict, expected = Verdict.BROKEN, "after the log-in the visitor is let in"
        why = f"the log-in was accepted, and the visitor is not logged in afterwards: {best.why}"
    elif worked_before and not PENDING.search(best.why) and not is_locked(best):
        verdict, expected = Verdict.BROKEN, "the same log-in works as it did before"
        why = f"the log-in was refused, although it worked before: {best.why}"
    else:
        known = state is not None and state.exists and state.active and state.password_fits
        verdict = (
            Verdict.BROKEN
            if known and context.credentials_refused and account.values and not PENDING.search(best.why)
            else Verdict.OPEN
        )
        if verdict is Verdict.BROKEN:
            expected, why = (
                "the log-in accepts the account's password",
                f"the account exists and has this password, and the site refuses: {best.why}",
            )
    return context.ended(visitor, name, title, kind, verdict, why, expected=expected, where=best.door.where)


def logs_in(context: AccountContext, visitor: Visitor, account: Account) -> bool:
    """Log in where it worked before, without a result of its own, and return whether it worked.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    places = [context.login_door] if context.login_door else []
    return any(each.inside for each in _tries(context, visitor, account, places))


def _is_for_staff(login: Login) -> bool:
    """Whether the log-in says that it is for staff only."""
    return not (login.inside or login.accepted or login.broken) and bool(STAFF_ONLY.search(login.why))


def is_locked(login: Login) -> bool:
    """Whether the site refuses log-ins for a while, as it should after several wrong passwords."""
    status = login.answer.status if login.answer is not None else 0
    return status == 403 or is_limited(login.answer, login.why)


def _kind_of_identifier(account: Account, identifier: str) -> str:
    return "email" if identifier == account.person.email else "name" if identifier == account.person.name else ""


def _tries(context: AccountContext, visitor: Visitor, account: Account, places: list[Door]) -> Iterator[Login]:
    """Log in at each place, with what may identify the visitor there, until it works."""
    for door in places:
        visitor.forget()
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
            visitor.forget()
            if not door.data:
                form = form_at(visitor, door, "login")[0] or form


def log_in_at(
    context: AccountContext,
    visitor: Visitor,
    account: Account,
    door: Door,
    form: Form,
    identifier: str,
    *,
    wrong: bool = False,
    foreign_code: str = "",
) -> Login:
    """Log in at one place, with the code of a mail if the site asks for one. *wrong*: the log-in should be refused,
    because the password or the code is wrong, or *foreign_code* is another visitor's.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    visitor.move()
    filler = filler_for(account.person)
    inbox = context.inbox(account.person)
    given = credentials(form, account, identifier)
    made = attempt(visitor, filler, form, form.path or door.path, given=given, rounds=1 if wrong else 3, also=_accepted)
    login = Login(door, False, made.accepted, made.why, made.answer, identifier, made.broken)
    if made.answer is None or made.broken:
        return login
    login.refusals = made.refusals
    if not made.accepted and not _led_away(made.answer):
        return login
    with_password = any(PASSWORD.search(words_of(name)) for name in made.filled.values)
    if with_password:
        _look_inside(context, visitor, account, login, made.answer)
    if not login.inside and made.accepted:
        entered = take_second_step(
            context, visitor, account, made.answer, inbox,
            with_password=with_password, wrong=wrong, foreign_code=foreign_code,
        )  # fmt: skip
        if entered is not None:
            answer, login.why, login.accepted = entered
            login.no_mail = login.why == NO_MAIL and (not with_password or code_form(answer) is not None)
            if login.accepted:
                _look_inside(context, visitor, account, login, answer)
    return login


def _led_away(answer: Answer) -> bool:
    """Whether the log-in led to a page that is not for this visitor, as a staff's dashboard: it refused nothing."""
    return answer.first in (302, 303) and answer.status == 403 and bool(answer.redirects) and not is_limited(answer)


def _look_inside(context: AccountContext, visitor: Visitor, account: Account, login: Login, answer: Answer) -> None:
    """Note whether the visitor is logged in after *answer*."""
    login.answer = answer
    login.inside, login.why = is_inside(context, visitor, answer, account)
    login.certain = bool(context.proof.path)
    waits = PENDING.search(answer.text[:3_000] + " ".join(answer.redirects)) or has_pending_step(answer)
    if waits and not login.inside:
        login.certain, login.why = False, f"the site asks for something else first: {excerpt(answer.text, 120)}"
    elif not (login.inside or login.certain or tokens_of(answer)) and (path := context.proof.shuts_out(visitor)):
        login.certain, login.why = True, f"{path} still asks to log in"


def _accepted(answer: Answer) -> bool:
    """Whether an answer without a refusal means that the log-in was accepted: its form is not shown again."""
    if answer.status >= 400 and not has_pending_step(answer):
        return False
    passwords = [form for form in answer.page.forms if any(each.kind == "password" for each in form.inputs)]
    return not (passwords and answer.first == 200)


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
