"""Sign up where a site has no form for it: a log-in by a code that makes an account for whoever comes first."""

from __future__ import annotations

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext
from wizard.journeys.account_doors import form_at, has_password
from wizard.journeys.filling import Person
from wizard.journeys.logging_in import Login, log_in_at
from wizard.journeys.mail_contents import code_of
from wizard.journeys.result import NOT_FOR_VISITORS, Verdict
from wizard.journeys.visitor import RedirectLoop, Visitor

ENTERED = "the code that the site sends to a new address lets the visitor in"


def join_by_code(context: AccountContext, role: str, title: str) -> None:
    """Log in with an address that the site does not know. The result is recorded as a sign-up if the site sends a code.

    A site that sends none, or does not let the visitor in, may know its visitors from elsewhere.
    """
    places = [each for each in context.doors("login") if each.known and not has_password(each.form)]
    if not places or any(has_password(each.form) for each in context.doors("login") if each.known):
        return
    door, visitor = places[0], Visitor(context.site, Person.made_up(), role=role, budget=context.budget)
    account, inbox = Account(visitor.person), context.inbox(visitor.person)
    login: Login | None = None
    why = ""
    try:
        form, _ = form_at(visitor, door, "login")
        if form is None:
            return
        login = log_in_at(context, visitor, account, door, form, visitor.person.email)
    except RedirectLoop as error:
        why = str(error) if error.after_form else ""
    except SiteError:
        return
    if not any(code_of(each) for each in inbox.new()):
        return
    failed = next((each for each in reversed(visitor.requests) if each.status >= 500), None)
    if failed is not None:
        why = f"{failed.request} got {failed.status} for a new address, to which the site sent a code"
    state = context.state(account)
    if why:
        _forget_closed(context, role)
        context.ended(visitor, "signup", title, "signup", Verdict.BROKEN, why, expected=ENTERED, where=door.where)
    elif login is not None and login.inside and state is not None and state.exists:
        _forget_closed(context, role)
        why = f"{door.path} sent a code to a new address, and the account exists; {login.why}"
        context.ended(visitor, "signup", title, "signup", Verdict.WORKS, why, where=door.where)
        context.absent.pop("signup", None)


def _forget_closed(context: AccountContext, role: str) -> None:
    """Drop the result that visitors can't sign up: they can by the log-in."""
    name = "signup" if role == "first" else f"{role}-signup"
    context.results[:] = [
        each for each in context.results if each.name != name or not each.why.startswith(NOT_FOR_VISITORS)
    ]
