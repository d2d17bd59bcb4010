"""The journeys of a site's accounts: sign up, confirm, log in, log out, again, a wrong password, a reset; two visitors.

They end with two visitors who are logged in, for the journeys that need one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, AccountState, CreateAccount, LookUp, Watch
from wizard.journeys.account_doors import has_password
from wizard.journeys.filling import Person
from wizard.journeys.joining import join_by_code
from wizard.journeys.logging_in import PENDING, log_in, log_in_elsewhere, logs_in
from wizard.journeys.logging_out import log_out
from wizard.journeys.mail_contents import Mails
from wizard.journeys.own_pages import check_own_pages
from wizard.journeys.password_change import change_password
from wizard.journeys.password_reset import reset_password
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.signing_up import SignUp, confirm_mail, sign_up
from wizard.journeys.visitor import Answer, Visitor
from wizard.journeys.wrong_password import refuse_wrong_password
from wizard.project.inputs import Surface
from wizard.site.session import Site

__all__ = ["AccountState", "AccountsOutcome", "run_account_journeys"]


@dataclass
class AccountsOutcome:
    """What came out of the accounts' journeys.

    Arguments:
        first, second: visitors who are logged in; None if no log-in works.
        absent: why there is no journey of a kind, with what was searched, by its kind.
        protected: an address that only visitors who are logged in see; empty if none is known.
    """

    results: list[JourneyResult] = field(default_factory=list)
    first: Visitor | None = None
    second: Visitor | None = None
    absent: dict[str, str] = field(default_factory=dict)
    protected: str = ""


def run_account_journeys(
    site: Site,
    surface: Surface,
    mails: Mails = list,
    *,
    create_account: CreateAccount | None = None,
    look_up: LookUp | None = None,
    budget: float = 20.0,
    queues_mail: bool = False,
    watch: Watch = lambda: str,
) -> AccountsOutcome:
    """Run the journeys of accounts on *site*.

    Arguments:
        mails: returns all mails that the site has sent.
        create_account: makes an account without the site's pages, where no sign-up is there or works.
        look_up: looks for an account in the database.
        budget: the seconds that one journey may take.
        queues_mail: whether a worker sends the site's mail, which may not run.
        watch: begins to watch which hosts the site can't reach, and returns what tells them.
    """
    context = AccountContext(site, surface, mails, look_up=look_up, budget=budget, queues_mail=queues_mail, watch=watch)
    context.explore()
    outcome = AccountsOutcome(absent=context.absent)
    outcome.first = _first(context, create_account)
    if outcome.first is not None or context.login_door is not None:
        outcome.second = _second(context, create_account)
    if outcome.first is not None and outcome.second is not None:
        _first_is_still_inside(context, outcome.first)
        check_own_pages(context, outcome.first, outcome.second)
    outcome.results = context.results
    outcome.protected = "" if context.proof.path in context.proof.queries else context.proof.path
    return outcome


def _first_is_still_inside(context: AccountContext, first: Visitor) -> None:
    """Find a log-in of one visitor that ends another's."""
    first.begin()
    try:
        if not context.proof.path or context.proof.holds(first):
            return
    except SiteError:
        return
    why = f"when the second visitor is logged in, {context.proof.path} no longer lets the first one in"
    context.amend("second-login", Verdict.BROKEN, why, expected="both visitors are logged in")


def _first(context: AccountContext, create_account: CreateAccount | None) -> Visitor | None:
    """All journeys of the first visitor, who is returned logged in."""
    visitor = Visitor(context.site, Person.made_up(), role="first", budget=context.budget)
    account, made = _account(context, visitor, create_account, "A visitor signs up")
    if account is None:
        return None
    visitor.person = account.person
    login = log_in(context, visitor, account)
    if made is not None:
        _conclude(context, visitor, made, login)
    if not _works(login) and made is not None and create_account is not None:
        # The account of the sign-up can't log in. One from outside shows whether the log-in itself works.
        account = _made_outside(context, visitor, create_account)
        login = log_in(context, visitor, account, "login-other") if account else login
    if not _works(login) or account is None:
        return visitor if made is not None and made.inside and not _works(login) and _enter(visitor, made) else None
    log_out(context, visitor, account, landing(context, visitor))
    # Before a wrong password: many sites let nobody in for a while after one.
    again = log_in(context, visitor, account, "login-again", "login-again")
    refuse_wrong_password(context, account, visitor.role)
    _reset(context, visitor, account, create_account)
    _change(context, visitor, create_account)
    visitor.person = account.person
    if not _stays_inside(context, visitor, account, again):
        return None
    log_in_elsewhere(context, visitor, account)
    return visitor


def _stays_inside(context: AccountContext, visitor: Visitor, account: Account, again: JourneyResult | None) -> bool:
    """Whether the visitor is logged in after a password reset, which ends the log-ins before it."""
    visitor.begin()
    if account.inside is not None:
        visitor.adopt(account.inside)
        return True
    try:
        if _works(again) and (not context.proof.path or context.proof.holds(visitor)):
            return True
        visitor.forget()
        return logs_in(context, visitor, account)
    except SiteError:
        return False


def _reset(context: AccountContext, visitor: Visitor, account: Account, create_account: CreateAccount | None) -> None:
    """The password reset, with another account if the sign-up did not ask for an e-mail address."""
    if account.has_address or create_account is None:
        reset_password(context, visitor, account)
        return
    other = Visitor(context.site, account.person, role=visitor.role, budget=context.budget)
    if (made := _made_outside(context, other, create_account)) is not None:
        reset_password(context, other, made)


def _change(context: AccountContext, visitor: Visitor, create_account: CreateAccount | None) -> None:
    """The change of a password, with an account of its own, which is not logged in anywhere else."""
    if create_account is None or context.login_door is None or not has_password(context.login_door.form):
        return
    other = Visitor(context.site, Person.made_up(), role=visitor.role, budget=context.budget)
    if (account := _made_outside(context, other, create_account)) is not None:
        change_password(context, other, account)


def _second(context: AccountContext, create_account: CreateAccount | None) -> Visitor | None:
    """The second visitor, who finds what breaks for everybody but the first."""
    visitor = Visitor(context.site, Person.made_up(), role="second", budget=context.budget)
    account, made = _account(context, visitor, create_account, "A second visitor signs up")
    if account is None:
        return None
    visitor.person = account.person
    login = log_in(context, visitor, account)
    if made is not None:
        _conclude(context, visitor, made, login)
    if _works(login):
        log_in_elsewhere(context, visitor, account)
    return visitor if _works(login) else None


def _account(
    context: AccountContext, visitor: Visitor, create_account: CreateAccount | None, title: str
) -> tuple[Account | None, SignUp | None]:
    """An account by the site's sign-up, else one from outside."""
    made = sign_up(context, visitor, title)
    if made is not None:
        confirm_mail(context, visitor, made)
        return made.account, made
    if create_account is not None:
        join_by_code(context, visitor.role, title)
        return _made_outside(context, visitor, create_account), None
    by_code = [each for each in context.doors("login") if each.known and not has_password(each.form)]
    return (Account(visitor.person) if by_code and "signup" in context.absent else None), None


def _made_outside(context: AccountContext, visitor: Visitor, create_account: CreateAccount) -> Account | None:
    person = Person.made_up()
    create_account(person.name, person.email, person.password)
    visitor.person = person
    return Account(person)


def _conclude(context: AccountContext, visitor: Visitor, made: SignUp, login: JourneyResult | None) -> None:
    """Judge a sign-up whose account nothing has shown yet: by the log-in."""
    name = "signup" if visitor.role == "first" else f"{visitor.role}-signup"
    if made.proven:
        return
    if _works(login):
        context.amend(name, Verdict.WORKS, "the sign-up was accepted, and the account logs in")
    elif login is not None and context.credentials_refused and not made.waits and not PENDING.search(login.why):
        why = f"the sign-up was accepted, and the log-in refuses the account: {login.why}"
        context.amend(name, Verdict.BROKEN, why, expected="the account exists and can log in")


def _works(result: JourneyResult | None) -> bool:
    return result is not None and result.verdict is Verdict.WORKS


def landing(context: AccountContext, visitor: Visitor) -> Answer | None:
    """A page that the visitor sees when logged in, with the site's own way to log out."""
    try:
        for path in (context.proof.path, "/"):
            answer = visitor.get(path) if path else None
            if answer is not None and answer.is_page and answer.status < 400:
                return answer
    except SiteError:
        return None
    return None


def _enter(visitor: Visitor, made: SignUp) -> bool:
    """Whether the visitor is still logged in by the sign-up."""
    return made.inside and bool(visitor.headers or visitor.cookies.names())
