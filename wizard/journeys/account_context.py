"""What the journeys of accounts share: the site, its mail, the accounts that were made, and how they ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.base.errors import SiteError
from wizard.journeys.account_doors import Door, doors
from wizard.journeys.circles import asks_itself
from wizard.journeys.field_values import MAIL, PASSWORD, USER_NAME
from wizard.journeys.filling import Filler, Person
from wizard.journeys.html_page import Page
from wizard.journeys.login_proof import LoginProof
from wizard.journeys.mail_contents import Inbox, Mails
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.sample_values import matches, words_of
from wizard.journeys.visitor import Answer, RedirectLoop, Visitor
from wizard.project.inputs import Form, Input, Surface
from wizard.site.session import Site


@dataclass(frozen=True)
class AccountState:
    """What the database says about an account.

    Arguments:
        exists: whether there is a user with this name or e-mail address.
        active: whether it may log in.
        password_fits: whether the password is its.
    """

    exists: bool
    active: bool = True
    password_fits: bool = True


FOR_NEW = re.compile(r"(?:register|registration|sign_?up|new_?user|create)[_-]", re.I)
"""How the fields for new visitors begin in a form that serves both them and known ones."""
CreateAccount = Callable[[str, str, str], None]
"""Makes an account by name, e-mail address and password, without the site's pages."""
LookUp = Callable[[str, str, str], AccountState | None]
"""Looks for an account by name, e-mail address and password in the database; None if that is not possible."""


@dataclass
class Account:
    """An account of a visitor.

    Arguments:
        values: what the sign-up form was filled with; empty if the account was made outside of the site.
        confirmed: whether a mail's link or code was used.
        doubtful: whether the sign-up left no account that can log in.
        inside: a visitor whom a password reset left logged in.
    """

    person: Person
    values: dict[str, Any] = field(default_factory=dict)
    confirmed: bool = False
    doubtful: bool = False
    inside: Visitor | None = None

    def value_for(self, each: Input, identifier: str = "") -> str:
        """What the visitor types into a log-in field: what the field of this name got at the sign-up, if possible."""
        words = words_of(each.name)
        if each.kind == "password" or PASSWORD.search(words):
            return self.person.password
        if each.kind == "email" or MAIL.search(words):
            return self.person.email
        if identifier and (matches(USER_NAME.pattern, words) or "identi" in words or each.kind in ("text", "phone")):
            return identifier
        return str(self.values.get(each.name, ""))

    @property
    def has_address(self) -> bool:
        """Whether the site knows the e-mail address."""
        return not self.values or self.person.email in self.values.values()

    @property
    def identifiers(self) -> list[str]:
        """What may identify the visitor at a log-in: name, e-mail address and phone number."""
        phones = [str(value) for name, value in self.values.items() if matches(r"phone|mobile", words_of(name))]
        return list(dict.fromkeys([self.person.name, self.person.email, *phones]))


Watch = Callable[[], Callable[[], str]]
"""Begins to watch the site. What it returns tells which hosts the site could not reach since; empty for none."""


class AccountContext:
    """The site with everything that the journeys of its accounts need.

    Arguments:
        watch: tells what the site can't reach in the rehearsal. A journey that needs it is open, not broken.
        queues_mail: whether a worker, which may not run, may send the site's mail. Then a missing mail is a fault only
            where the code of the view sends it itself.
        results: the journeys that ended.
        absent: why there is no journey of a kind, by its kind, with what was searched.
        login_door: where the first log-in worked.
        takes_any_password: whether the log-in accepted a wrong password.
        credentials_refused: whether the last log-in said no to the name and the password.
    """

    def __init__(
        self,
        site: Site,
        surface: Surface,
        mails: Mails,
        *,
        look_up: LookUp | None = None,
        budget: float = 20.0,
        queues_mail: bool = False,
        watch: Watch = lambda: str,
    ) -> None:
        self.queues_mail, self._watch, self._needs = queues_mail, watch, watch()
        self.site, self.surface, self.mails, self.look_up, self.budget = site, surface, mails, look_up, budget
        self.proof = LoginProof(surface)
        self.results: list[JourneyResult] = []
        self.absent: dict[str, str] = {}
        self.login_door: Door | None = None
        self.login_identifier = ""
        self.credentials_refused = False
        self.takes_any_password = False
        self.pages: list[Page] = []

    def explore(self) -> None:
        """Read the pages whose links lead to sign-up and log-in: the home page, and the log-in page."""
        visitor = Visitor(self.site, Person.made_up(), role="anonymous", budget=self.budget)
        for _ in range(2):
            paths = [door.path for door in self.doors("login") if not door.data][:1] if self.pages else ["/"]
            for path in paths:
                try:
                    answer = visitor.get(path)
                except SiteError:
                    continue
                if answer.is_page and answer.status < 400:
                    self.pages.append(answer.page)

    def doors(self, task: str, *more: Page) -> list[Door]:
        """The addresses for *task*, also by the links of pages."""
        return doors(self.surface, task, [*more, *self.pages])

    def inbox(self, person: Person) -> Inbox:
        return Inbox(self.mails, person.email)

    def state(self, account: Account) -> AccountState | None:
        """What the database says about the account; None if that is not known.

        An account that was made with neither the name nor the e-mail address can't be looked up.
        """
        person, values = account.person, repr(account.values)
        if self.look_up is None or (account.values and person.name not in values and person.email not in values):
            return None
        return self.look_up(person.name, person.email, person.password)

    def ended(
        self, visitor: Visitor, name: str, title: str, kind: str, verdict: Verdict, why: str, *,
        expected: str = "", where: str = "",
    ) -> JourneyResult:  # fmt: skip
        """Record how a journey of *visitor* ended."""
        if verdict is Verdict.BROKEN and (needs := self._needs()):
            verdict, why, expected = Verdict.OPEN, f"{why}; it needs {needs}", ""
        self._needs = self._watch()
        prefix = "" if visitor.role == "first" else f"{visitor.role}-"
        result = JourneyResult(
            prefix + name, title, kind, "account", verdict, why, visitor.role, tuple(visitor.requests), expected, where
        )
        self.results.append(result)
        return result

    def may_send_later(self, door: Door | None) -> bool:
        """Whether a worker may send the mail of the view at *door*, so that a missing one says nothing."""
        return self.queues_mail and not (door is not None and door.sends)

    def no_mail(self, visitor: Visitor, name: str, title: str, kind: str, door: Door | None = None) -> JourneyResult:
        """Record that a mail which the site speaks of did not come: broken, unless a worker may send it later."""
        why = "the site asks for what it sends by mail, and no mail came to the visitor's address"
        if self.may_send_later(door):
            why = f"{why}. The project has a task queue, whose worker may send it"
            return self.ended(visitor, name, title, kind, Verdict.OPEN, why)
        expected = "a mail with a link or a code arrives"
        return self.ended(visitor, name, title, kind, Verdict.BROKEN, why, expected=expected)

    def failed(
        self, visitor: Visitor, name: str, title: str, kind: str, error: SiteError, door: Door | None = None
    ) -> JourneyResult:
        """Record a journey that *error* ended: broken by a circle of redirects after a form, open by anything else.

        A page with a circle says little: the visitor may lack what the page presumes. But the page to log in presumes
        nothing.
        """
        broken = isinstance(error, RedirectLoop) and (error.after_form or asks_itself(error.why))
        expected = "the redirects lead to a page" if broken else ""
        verdict = Verdict.BROKEN if broken else Verdict.OPEN
        return self.ended(visitor, name, title, kind, verdict, str(error), expected=expected,
                          where=door.where if door else "")  # fmt: skip

    def amend(self, name: str, verdict: Verdict, why: str, *, expected: str = "") -> None:
        """Change the verdict of an earlier journey by what a later one showed."""
        for number, each in enumerate(self.results):
            if each.name == name:
                self.results[number] = replace(each, verdict=verdict, why=why, expected=expected)


def filler_for(person: Person) -> Filler:
    return Filler(person)


def credentials(form: Form, account: Account, identifier: str) -> dict[str, Any]:
    """The values of a log-in form that identify the visitor. A part of the form for new visitors stays empty."""
    values = {}
    new = [each.name for each in form.inputs if FOR_NEW.match(each.name)]
    passwords = [each.name for each in form.inputs if each.kind == "password" or PASSWORD.search(words_of(each.name))]
    if not set(passwords) - set(new):
        new = []
    for each in form.inputs:
        if each.kind in ("hidden", "boolean", "captcha", "choice"):
            continue
        if each.name in new:
            values[each.name] = ""
            continue
        if value := account.value_for(each, identifier):
            values[each.name] = value
    return values


def paths_of(answer: Answer) -> list[str]:
    """The addresses to which an answer leads: its own, those of redirects, and the links of its page."""
    links = [each.path for each in answer.page.links if each.path.startswith("/")]
    return [each for each in (*answer.redirects, answer.path, *links[:40]) if each]
