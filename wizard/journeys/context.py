"""What all journeys of one run share: the visitors, the rows they have, and how a journey becomes a result."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from wizard.base.errors import SiteError
from wizard.base.secrets import redact
from wizard.journeys.filling import Filler, Person
from wizard.journeys.made import Made, Uploaded
from wizard.journeys.mail_contents import Mails
from wizard.journeys.operations import Operation
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.rows import Key, Rows, RowsError
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input, Surface

UNREACHABLE = re.compile(
    r"ConnectionRefusedError|ConnectionError|ConnectTimeout|gaierror|NewConnectionError|MaxRetryError|SSLError"
    r"|Network is unreachable|OperationalError: \[Errno|AuthenticationError|APIConnectionError|NoCredentialsError"
    r"|InvalidAccessKeyId|Name or service not known|Temporary failure in name resolution|ServiceUnavailable"
)
"""Errors in the log of a site that could not use another service."""
HOST = re.compile(r"host='([\w.-]+)', port=(\d+)")
"""The host that urllib3 names in its errors."""


MADE_UP = re.compile(
    r"[A-Za-z_][\w.]{0,100}(Error|Exception|DoesNotExist|Invalid\w*): .{0,300}\bGolive [^'\"]{1,60} [0-9a-f]{4,8}\b"
)
"""The last line of a traceback that quotes a text of `Rows.make`."""


FAILED = re.compile(r"GET \S+ got 5\d\d\b")
"""A reason that nothing excuses if no row was made for it: every visitor who opens the page gets the error."""


class Contradiction(Exception):
    """The site contradicts itself: it reports success without the effect, fails by itself, or shows the wrong row.

    *where* is the view, if the journey is about several.
    """

    def __init__(self, why: str, expected: str, where: str = "") -> None:
        super().__init__(why)
        self.expected, self.where = expected, where


class Unfinished(Exception):
    """The journey could not be carried to its end, which says nothing against the site."""


@dataclass
class Context:
    """What journeys need.

    Arguments:
        visitors, fillers: by role: `anonymous`, `first`, `second`, `staff`. A role can be missing.
        accounts: the primary keys of the visitors' users, by role.
        rows: the database behind the site. None where Golive can't or must not read it.
        superuser: `username` and `password`. Empty without one.
        checkout_url: the base URL where an order is paid in test mode. Empty where that is not possible.
        mails: returns all mails that the site has sent so far.
        log: gets each journey's outcome as a line.
        read_log: returns the lines that the service has printed so far.
        wanted_hosts: returns the hosts that the site wanted to reach and could not, so far.
        deadline: the time, by the monotonic clock, after which no further journey begins.
    """

    surface: Surface
    visitors: dict[str, Visitor]
    fillers: dict[str, Filler]
    accounts: dict[str, Key] = field(default_factory=dict)
    rows: Rows | None = None
    superuser: Mapping[str, str] = field(default_factory=dict)
    checkout_url: str = ""
    mails: Mails = list
    log: Callable[[str], None] = lambda line: None
    read_log: Callable[[], list[str]] = list
    wanted_hosts: Callable[[], Sequence[str]] = list
    deadline: float = field(default_factory=lambda: time.monotonic() + 60)
    results: list[JourneyResult] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    """What journeys created through the site and did not delete again."""
    uploaded: list[Uploaded] = field(default_factory=list)
    """The files that the site accepted and keeps."""

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.deadline

    def visitor(self, role: str) -> Visitor:
        """Return the visitor of *role*.

        Raises:
            Unfinished: there is none.
        """
        if role not in self.visitors:
            who = {"staff": "a staff member", "second": "a second visitor"}.get(role, "a visitor")
            raise Unfinished(f"{who} could not log in")
        return self.visitors[role]

    def another_account(self) -> Key | None:
        """The account to which rows of others belong, so that the second visitor begins without any, like the first."""
        if "third" not in self.accounts and self.rows is not None and self.surface.user_model:
            person = Person.made_up()
            try:
                self.accounts["third"] = self.rows.account(person.name, person.password, person.email)[0]
            except RowsError:
                return self.accounts.get("second")
        return self.accounts.get("third", self.accounts.get("second"))

    def models(self) -> Mapping[str, object]:
        return self.surface.by_label

    def row_for(self, label: str, role: str) -> Key | None:
        """Return the key of a row of the model *label* that a row of *role* can refer to. Made if one can be.

        Raises:
            Unfinished: it can't be made.
        """
        if label == self.surface.user_model:
            return self.accounts.get(role)
        if self.rows is None or label not in self.models():
            return None
        try:
            return self.rows.make(label, user=self.accounts.get(role) or self.accounts.get("first"))
        except RowsError as error:
            with suppress(RowsError, IndexError):  # an account can have one only, and has it
                return self.rows.keys(label)[0]
            raise Unfinished(f"a row of {label} could not be made ({redact(str(error))})") from error

    def prepare(self, form: Form, role: str) -> dict[str, object]:
        """Make the rows that *form* refers to known to the filler.

        Returns values for inputs that name them by something else than their key.
        """
        filler, given = self.fillers[role], dict[str, object]()
        for label in self._offered(form):
            self.row_for(label, role)
        for each in _references(form.inputs):
            if not filler.rows.get(each.model):
                key = self.row_for(each.model, role)
                if key is None:
                    continue
                filler.rows[each.model] = [str(key)]
            if each.lookup not in ("pk", "id") and self.rows is not None and each in form.inputs:
                value = (self.rows.values(each.model, filler.rows[each.model][0]) or {}).get(each.lookup)
                if value not in (None, ""):
                    given[each.name] = [value] if each.many else value
        return given

    def _offered(self, form: Form) -> list[str]:
        """The models whose rows *form* seems to offer as choices, by their names. So it does only if there are rows."""
        names = {re.sub(r"_?(id|pk)$", "", each.name.lower()) for each in form.inputs
                 if each.kind == "choice" and each.required and not each.choices}  # fmt: skip
        found = [label for label in self.models() if label.rpartition(".")[2].lower() in names]
        return [label for label in found if self.rows is not None and not self.rows.count(label)]

    def remember(self, label: str, key: Key, role: str) -> None:
        """Let later forms refer to the row *key*: those of the visitor of *role* only, if its model has an owner."""
        owned = bool(self.surface.owner_of(label))
        for each, filler in self.fillers.items():
            rows = filler.rows.setdefault(label, [])
            if not rows and (each == role or not owned):
                rows.append(str(key))

    def forget(self, label: str, key: Key) -> None:
        """Let no later form refer to the row *key*, which is deleted."""
        for filler in self.fillers.values():
            filler.rows[label] = [each for each in filler.rows.get(label, []) if each != str(key)]

    def run(
        self, name: str, title: str, kind: str, subject: str, role: str, body: Callable[[Visitor], str], where: str = ""
    ) -> JourneyResult:
        """Carry out one journey. *body* returns the effect that was seen."""
        verdict, expected, visitor, place = Verdict.WORKS, "", self.visitors.get(role), where
        hosts, printed = set(self.wanted_hosts()), len(self.read_log())
        if visitor is not None:
            visitor.begin()
        try:
            why = body(self.visitor(role))
        except Unfinished as error:
            verdict, why = Verdict.OPEN, str(error)
        except (SiteError, RowsError, httpx.InvalidURL) as error:
            verdict, why = Verdict.OPEN, str(error)
        except Contradiction as error:
            verdict, why, expected, place = Verdict.BROKEN, str(error), error.expected, error.where or where
            if needs := self._needs(hosts, printed):
                verdict, why, expected = Verdict.OPEN, f"{why}; it needs {needs}", ""
            elif found := self._made_up(printed):
                verdict, why = Verdict.OPEN, f"{why}, about a value that Golive made up: {found}"
            elif (package := self._package(where)) and not (kind == "other" and FAILED.match(why)):
                verdict, why, expected = Verdict.OPEN, without_set_up(why, package), ""
        why = " ".join(redact(why).split())
        requests = tuple(visitor.requests) if visitor is not None else ()
        result = JourneyResult(name, title, kind, subject, verdict, why, role, requests, expected, place)
        self.results.append(result)
        self.log(f"{title}: {why}" if verdict is Verdict.WORKS else f"{title}: {verdict.value}: {why}")
        return result

    def drop_wrong_guess(self, operation: Operation) -> None:
        """Drop the last result if *operation* has a guessed role that does not fit it. Errors of the site stay."""
        last = self.results[-1] if self.results else None
        if last is None or (last.kind, last.where) != (operation.role, operation.where) or not operation.is_guessed:
            return
        if last.verdict is not Verdict.WORKS and not any(each.status >= 500 for each in last.requests):
            self.results.pop()

    def _package(self, where: str) -> str:
        """The installed app that the view *where* comes from. Empty for the project's own."""
        return next((view.package for view in self.surface.by_place.get(where, ()) if view.package), "")

    def package_of_app(self, label: str) -> str:
        """The installed app that the model *label* comes from, as its pages tell. Empty for the project's own."""
        app = label.partition(".")[0]
        packages = {view.package for view in self.surface.views if view.model.partition(".")[0] == app}
        return packages.pop() if len(packages) == 1 else ""

    def watch(self) -> Callable[[], str]:
        """Begin to watch the site. The result tells what it could not reach since; empty for nothing."""
        hosts, printed = set(self.wanted_hosts()), len(self.read_log())
        return lambda: self._needs(hosts, printed)

    def _needs(self, hosts: set[str], printed: int) -> str:
        """What the site could not reach since it wanted *hosts* and had printed *printed* lines. Empty for nothing."""
        if new := sorted(set(self.wanted_hosts()) - hosts):
            return ", ".join(new)
        lines = self.read_log()[printed:]
        found = next((line for line in reversed(lines) if UNREACHABLE.search(line)), "")
        host = HOST.search(found)
        if host:
            return ":".join(filter(None, host.groups()))
        return f"another service ({found.strip()[:120]})" if found else ""

    def _made_up(self, printed: int) -> str:
        """The error in the log, since *printed* lines, that is about a value of a row that Golive made itself.

        Such a row can have what no form of the site accepts, for example a text that is no name of a file.
        """
        lines = [line.strip() for line in self.read_log()[printed:]]
        return next((line[:160] for line in reversed(lines) if MADE_UP.match(line)), "")

    def check_status(self, answer: Answer, what: str) -> None:
        """Raise Contradiction if *answer* is an error of the site itself."""
        if answer.status >= 500:
            raise Contradiction(f"{what} got {answer.status}", "an answer without an error of the site")


def _references(inputs: Sequence[Input]) -> list[Input]:
    found = []
    for each in inputs:
        if each.kind == "reference" and each.model:
            found.append(each)
        found += _references(each.inputs)
    return found


def without_set_up(why: str, package: str) -> str:
    """Why a journey on the pages of an installed *package* is open, although the site contradicts itself."""
    return f"{why}; {package} may need to be set up for it"
