"""The visitors of a run: one who is not logged in, two with accounts, and the superuser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, AccountState
from wizard.journeys.accounts import landing, run_account_journeys
from wizard.journeys.context import Context
from wizard.journeys.cookies import Cookies
from wizard.journeys.filling import Filler, Person
from wizard.journeys.logging_in import log_in
from wizard.journeys.logging_out import log_out
from wizard.journeys.mail_contents import Mails
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.rows import Rows, RowsError
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form
from wizard.site.session import Site


def meet(context: Context, site: Site, mails: Mails, *, queues_mail: bool = False) -> None:
    """Run the journeys of accounts, and fill the visitors of *context*."""
    rows = context.rows
    _add(context, Visitor(site, Person.made_up(), role="anonymous"))
    create = _Creator(rows, context.log) if rows is not None and context.surface.user_model else None
    outcome = run_account_journeys(
        site,
        context.surface,
        mails,
        create_account=create,
        look_up=create.look_up if create is not None else None,
        queues_mail=queues_mail,
        watch=context.watch,
    )
    for result in outcome.results:
        context.results.append(result)
        works = result.verdict is Verdict.WORKS
        context.log(
            f"{result.title}: {result.why}" if works else f"{result.title}: {result.verdict.value}: {result.why}"
        )
    for role, visitor in (("first", outcome.first), ("second", outcome.second)):
        found = visitor if visitor is not None else _without_log_in(site, rows, role, context)
        if found is not None:
            _add(context, found)
            _know(context, found)


def _add(context: Context, visitor: Visitor) -> None:
    context.visitors[visitor.role] = visitor
    context.fillers[visitor.role] = Filler(visitor.person)


def _know(context: Context, visitor: Visitor) -> None:
    """Find the visitor's own row of the user model."""
    if context.rows is None or visitor.role in context.accounts:
        return
    try:
        found = context.rows.user(visitor.person.name, visitor.person.email)
    except RowsError:
        return
    if found is not None:
        context.accounts[visitor.role] = found.key
        context.fillers[visitor.role].rows[context.surface.user_model] = [str(found.key)]


class _Creator:
    """Makes and looks up accounts in the database, where the site has no sign-up."""

    def __init__(self, rows: Rows, log: Callable[[str], None]) -> None:
        self.rows, self.log = rows, log

    def __call__(self, name: str, email: str, password: str) -> None:
        try:
            self.rows.account(name, password, email)
        except RowsError as error:  # the log-in then shows that there is no such account
            self.log(f"No account could be made in the database: {error}")

    def look_up(self, name: str, email: str, password: str) -> AccountState | None:
        try:
            found = self.rows.user(name, email, password)
        except RowsError:
            return None
        return AccountState(found is not None, bool(found and found.active), bool(found and found.password_fits))


def _without_log_in(site: Site, rows: Rows | None, role: str, context: Context) -> Visitor | None:
    """A visitor with a session from the database, so that a log-in that does not work hides nothing else."""
    if rows is None or not context.surface.user_model:
        return None
    person = Person.made_up()
    visitor = Visitor(site, person, role=role)
    try:
        key, _ = rows.account(person.name, person.password, person.email)
        for name, value in rows.session(key).items():
            visitor.cookies.put(name, value)
    except RowsError as error:
        context.log(f"No account could be made in the database: {error}")
        return None
    context.accounts[role] = key
    return visitor


def bring_back(context: Context, role: str, before: Cookies) -> None:
    """Log the visitor of *role* in again if a page has ended the session with the cookies *before*, or the account."""
    rows, visitor, key = context.rows, context.visitors[role], context.accounts.get(role)
    if rows is None or key is None:
        return
    try:
        if rows.values(context.surface.user_model, key) is None:
            if (found := _without_log_in(visitor.site, rows, role, context)) is not None:
                _add(context, found)
                _know(context, found)
        elif before.names() - visitor.cookies.names():
            for name, value in rows.session(key).items():
                visitor.cookies.put(name, value)
    except RowsError as error:
        context.log(f"The visitor could not be logged in again: {error}")


def add_superuser(context: Context, site: Site) -> None:
    """Add the superuser, logged in where visitors log in, if that is possible. The admin has a log-in of its own."""
    account = context.superuser
    if not account.get("password"):
        return
    made_up = Person.made_up()
    name = account.get("username") or account.get("email", "")
    person = replace(
        made_up, name=name, email=account.get("email") or f"{name}@example.com", password=account["password"]
    )
    visitor = Visitor(site, person, role="staff")
    log_ins = AccountContext(site, context.surface, list)
    try:
        log_ins.explore()
        entered = log_in(log_ins, visitor, Account(person))
        if entered is not None and entered.verdict is Verdict.WORKS and not _has(context, "logout"):
            _leave_and_return(log_ins, visitor, Account(person))
    except SiteError as error:
        context.log(f"The superuser could not log in where visitors do: {error}")
    context.results += [each for each in log_ins.results if each.verdict is Verdict.WORKS]
    _add(context, visitor)
    _know(context, visitor)


def leave_admin(context: Context, site: Site) -> None:
    """Log the staff out where they log in only at the admin, in a session of its own."""
    staff, key, rows = context.visitors.get("staff"), context.accounts.get("staff"), context.rows
    if staff is None or key is None or rows is None or _has(context, "logout"):
        return
    visitor = Visitor(site, staff.person, role="staff")
    log_ins = AccountContext(site, context.surface, list)
    log_ins.proof.path = context.surface.admin
    try:
        for name, value in rows.session(key).items():
            visitor.cookies.put(name, value)
        log_out(log_ins, visitor, Account(staff.person), landing(log_ins, visitor))
    except (RowsError, SiteError) as error:
        context.log(f"The log-out of the staff could not be tried: {error}")
    context.results += [each for each in log_ins.results if each.verdict is Verdict.WORKS]


def _has(context: Context, kind: str) -> bool:
    return any(each.kind == kind for each in context.results)


def _leave_and_return(context: AccountContext, visitor: Visitor, account: Account) -> None:
    """Log the staff out and in again, where only they can log in."""
    log_out(context, visitor, account, landing(context, visitor))
    log_in(context, visitor, account, "login-again", "login-again")


def new_account(context: Context, resource: Resource, form: Form) -> dict[str, object]:
    """An account for a new row of which each account can have one only. The visitors may have theirs already."""
    user, unique = context.surface.user_model, resource.model.unique if resource.model else ()
    names = [each.name for each in form.inputs if each.model == user and each.name in unique]
    if not user or not names or context.rows is None:
        return {}
    person = Person.made_up()
    with suppress(RowsError):
        key, _ = context.rows.account(person.name, person.password, person.email)
        return dict.fromkeys(names, str(key))
    return {}
