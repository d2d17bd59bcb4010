"""Evidence from the site's own password reset: it is asked for on the deployed site, and its mail is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

from steps.shared import derived_journeys
from steps.shared.mail_plans import address_of, borrowed_domain, sender_problem
from steps.shared.queued_mail import sent_by_worker
from steps.shared.reset_mails import OwnHosts, judge
from steps.shared.trusted_hosts import listed
from wizard.base.errors import SiteError
from wizard.checklist.evidence import Evidence, not_applicable, undecided, waiting
from wizard.journeys.account_context import Account, AccountContext, AccountState
from wizard.journeys.account_doors import Door
from wizard.journeys.filling import Person
from wizard.journeys.logging_in import log_in
from wizard.journeys.password_reset import reset_password
from wizard.journeys.reset_checks import MOST, Flood, flood, works_again
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.rows import Rows, RowsError
from wizard.journeys.signing_up import confirm_mail, sign_up
from wizard.journeys.visitor import Visitor
from wizard.project.mail import sending_way, ways
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.services.mail_providers import provider_of
from wizard.site.session import Site
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.sandbox import Sandbox

RESETS = ("25.2", "25.3", "25.4", "25.5")
ASKED = "a password reset on the deployed site"
SEARCHED = "searched the URLs and the pages for a password reset"
NO_RESET = "the site has no password reset by mail"
MOST_DAYS = 30
"""Up to which number the setting was probably meant in days, as the one before Django 3.1 was."""
SHORTEST = 600
"""For how many seconds a link has to work: mail takes minutes to arrive, and people take minutes to see it."""


def evidence(project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
    """Evidence for 25.2 to 25.5."""
    check = _at_platform if sandbox.target.real else _rehearsed
    with sandbox.target.site() as site:
        yield from check(project, sandbox, site)


def _rehearsed(project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
    target = sandbox.target
    assert isinstance(target, Rehearsal)
    with closing(Rows(project, target.environment(), target.deployment.root)) as rows:
        context = AccountContext(
            site, surface(project), target.site_mails,
            look_up=lambda *who: _state(rows, *who), queues_mail=bool(sent_by_worker(project)),
        )  # fmt: skip
        context.explore()
        doors = context.doors("reset")
        if not doors:
            yield from _without_reset(project, sandbox)
            return
        check = _Check(project, sandbox, context, rows, doors[0])
        yield from check.reset()
        yield from check.limit()


def _state(rows: Rows, name: str, email: str, password: str) -> AccountState | None:
    try:
        found = rows.user(name, email, password)
    except RowsError:
        return None
    return AccountState(found is not None, bool(found and found.active), bool(found and found.password_fits))


def _without_reset(project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
    """Without a reset only the sender can be judged: that of the mails so far, or of the settings."""
    for item in RESETS:
        if item != "25.3":
            yield not_applicable(item, SEARCHED, NO_RESET)
    mails = sandbox.target.site_mails()
    senders = {str(mail["From"]) for mail in mails} or {str(project.value("DEFAULT_FROM_EMAIL") or "")}
    provider = _provider(project)
    problems = [
        problem for each in sorted(senders) if (problem := sender_problem(each) or borrowed_domain(each, provider))
    ]
    ran = "the mails of the rehearsal" if mails else "DEFAULT_FROM_EMAIL"
    showed = "; ".join(problems or [f"mail comes from {', '.join(sorted(map(address_of, senders)))}"])
    where = project.origin("DEFAULT_FROM_EMAIL") or project.display_path(project.settings.main)
    expected = "a sender of the site's own"
    yield sandbox.evidence("25.3", not problems, "request", ran, showed, expected=expected, where=where)


def _provider(project: Project) -> str:
    """The name of the provider that sends the site's mail; empty without one."""
    found = provider_of(sending_way(ways(project)).backend)
    return found.title if found else ""


def short_validity(project: Project) -> str:
    """Why the link of a reset is dead before people open it; empty if it is not."""
    seconds = project.value("PASSWORD_RESET_TIMEOUT")
    if not isinstance(seconds, int) or seconds >= SHORTEST:
        return ""
    days = f", for {seconds} days it would be {seconds * 24 * 3600}" if 0 < seconds <= MOST_DAYS else ""
    return f"the link works for {seconds} s, and a mail may take longer: PASSWORD_RESET_TIMEOUT is in seconds{days}"


class _Check:
    """The checks of the reset at *door*, each with an account of its own."""

    def __init__(self, project: Project, sandbox: Sandbox, context: AccountContext, rows: Rows, door: Door) -> None:
        self.project, self.sandbox, self.context, self.rows, self.door = project, sandbox, context, rows, door
        self.where = door.where or project.display_path(project.urls_file or project.settings.main)

    def reset(self) -> Iterator[Evidence]:
        """Evidence for 25.2 to 25.4."""
        account, visitor, login = self._logged_in()
        since = len(self.sandbox.target.site_mails())
        result = reset_password(self.context, visitor, account)
        mail = self._mail(account.person, since)
        if mail is None:
            yield self._no_mail(result)
            for item in ("25.3", "25.4"):
                yield undecided(item, ASKED, "no mail came that could be followed")
            return
        yield self._holds("25.2", True, f"the mail {str(mail['Subject'])!r} came")
        yield self._contents(mail)
        yield self._used(result, login, account, mail)

    def _logged_in(self) -> tuple[Account, Visitor, JourneyResult | None]:
        """An account that can log in: one from outside, or of the site's own sign-up with a confirmed address."""
        account, visitor = self._account()
        login = log_in(self.context, visitor, account)
        if login is not None and login.verdict is Verdict.WORKS:
            return account, visitor, login
        other = Visitor(self.context.site, Person.made_up(), budget=self.context.budget)
        made = sign_up(self.context, other, "A visitor signs up")
        if made is None:
            return account, visitor, login
        confirm_mail(self.context, other, made)
        again = log_in(self.context, other, made.account)
        if again is None or again.verdict is not Verdict.WORKS:
            return account, visitor, login
        return made.account, other, again

    def _account(self) -> tuple[Account, Visitor]:
        person = Person.made_up()
        self.rows.account(person.name, person.password, person.email)
        return Account(person), Visitor(self.context.site, person, budget=self.context.budget)

    def _mail(self, person: Person, since: int) -> EmailMessage | None:
        return self.sandbox.target.wait_for_mail(person.email, since, 0.0)

    def _holds(self, item: str, holds: bool, showed: str, expected: str = "") -> Evidence:
        return self.sandbox.evidence(item, holds, "request", ASKED, showed, expected=expected, where=self.where)

    def _no_mail(self, result: JourneyResult | None) -> Evidence:
        why = result.why if result is not None else "the reset could not be tried"
        if self.context.may_send_later(self.door):
            return undecided("25.2", ASKED, f"{why}. A worker sends the mail: {sent_by_worker(self.project)}")
        if result is None or result.verdict is Verdict.OPEN:
            return waiting("25.2", ASKED, why)
        return self._holds("25.2", False, why, "a mail to the account's address")

    def _contents(self, mail: EmailMessage) -> Evidence:
        """Evidence for 25.3: the sender, and where the links lead."""
        judged = judge(mail, OwnHosts.of(self.project, self.host), _provider(self.project))
        if judged.problems:
            expected = f"a sender of the site's own, and a link to https://{self.host}"
            showed, where = f"{'; '.join(judged.problems)}{self._hint()}", self._sender_place(mail, judged.problems[0])
            return self.sandbox.evidence("25.3", False, "request", ASKED, showed, expected=expected, where=where)
        if judged.unknown:
            return waiting("25.3", ASKED, judged.unknown)
        return self._holds("25.3", True, judged.found)

    def _sender_place(self, mail: EmailMessage, problem: str) -> str:
        """The place of the setting with the sender, if *problem* is one of the sender; else that of the reset."""
        sender, setting = address_of(str(mail["From"])), str(self.project.value("DEFAULT_FROM_EMAIL") or "")
        named = problem.startswith(sender) and sender == address_of(setting)
        return (self.project.origin("DEFAULT_FROM_EMAIL") if named else "") or self.where

    @property
    def host(self) -> str:
        return self.context.site.host

    def _hint(self) -> str:
        sites = "django.contrib.sites" in listed(self.project, "INSTALLED_APPS")
        return ". The host is that of the sites framework's row in the database" if sites else ""

    def _used(
        self, result: JourneyResult | None, login: JourneyResult | None, account: Account, mail: EmailMessage
    ) -> Evidence:
        """Evidence for 25.4: the new password logs in, and the link works once."""
        expected = "a link that works once, and a new password that logs in"
        if result is None or result.verdict is Verdict.OPEN:
            why = result.why if result is not None else "the link could not be followed"
            return waiting("25.4", ASKED, f"{why}{'' if login else '. No log-in was found'}")
        if short := short_validity(self.project):
            where = self.project.origin("PASSWORD_RESET_TIMEOUT") or self.where
            lasts = f"a link that works for {SHORTEST} s or longer"
            return self.sandbox.evidence("25.4", False, "settings", ASKED, short, expected=lasts, where=where)
        if result.verdict is Verdict.BROKEN:
            return self._holds("25.4", False, result.why, result.expected or expected)
        try:
            again = works_again(self.context, account.person, mail)
        except SiteError as error:
            return waiting("25.4", ASKED, f"the link could not be opened a second time: {error}")
        if again:
            return self._holds("25.4", False, "the link of the mail sets a password a second time", expected)
        return self._holds("25.4", True, f"{result.why}; a second use of the link is refused")

    def limit(self) -> Iterator[Evidence]:
        """Evidence for 25.5."""
        account, _ = self._account()
        since = len(self.sandbox.target.site_mails())

        def arrived(number: int) -> bool:
            # The number of mails to this address: others may come in between.
            place, seen = since, 0
            while (mail := self.sandbox.target.wait_for_mail(account.person.email, place, 3.0)) is not None:
                place = self.sandbox.target.site_mails().index(mail) + 1
                if seen == number:
                    return True
                seen += 1
            return False

        try:
            done = flood(self.context, account, self.door, arrived)
        except SiteError as error:
            yield undecided("25.5", f"{MOST} resets of one address", str(error))
            return
        yield self._flooded(done)

    def _flooded(self, done: Flood) -> Evidence:
        ran = f"up to {MOST} resets of one address"
        if done.why or not (done.mails or done.refused):
            return undecided("25.5", ran, done.why or "no mail came, so their number says nothing")
        how = done.refused or f"after {done.mails} mails no more came"
        showed = f"{done.mails} mails, then {how}" if done.refused else how
        if not done.limited:
            showed = f"{done.mails} mails for {done.asked} requests. Task 7 adds a limit"
        expected = "429, or no further mail"
        return self.sandbox.evidence("25.5", done.limited, "request", ran, showed, expected=expected, where=self.where)


def _at_platform(project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
    """At a real site mail arrives where Golive can't read it. Only a limit that refuses requests shows."""
    context = AccountContext(site, surface(project), list)
    context.explore()
    doors = context.doors("reset")
    if not doors:
        yield from (not_applicable(item, SEARCHED, NO_RESET) for item in RESETS)
        return
    page = f"https://{site.host}{doors[0].path}"
    for item in ("25.2", "25.3", "25.4"):
        why = (
            f"mail of the real site arrives where Golive can't read it. Ask for a reset at {page}, follow it, and run "
            f"`golive confirm {item}` with what you saw. A rehearsal checks it by itself: --target local"
        )
        yield undecided(item, ASKED, why)
    if not derived_journeys.may_change(sandbox):
        yield undecided("25.5", ASKED, "Golive asks for resets at the real site only with the answer `journeys: full`")
        return
    try:
        # Nobody has this address, so the site sends nothing.
        done = flood(context, Account(Person.made_up()), doors[0], lambda number: True)
    except SiteError as error:
        done = Flood(why=str(error))
    ran = f"up to {MOST} resets of an address that has no account"
    if done.refused:
        yield sandbox.evidence("25.5", True, "request", ran, done.refused)
    else:
        showed = done.why or f"none of {done.asked} requests was refused. Whether mails stop can't be seen here"
        yield undecided("25.5", ran, showed)
