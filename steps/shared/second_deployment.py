"""Evidence from the rehearsal of a second deployment: the old version on new tables, the change, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from steps.shared import visits
from steps.shared.accounts import list_addresses
from steps.shared.visits import Visits
from wizard.base.errors import CommandError, SiteError, StepError, Stopped
from wizard.base.process import Completed
from wizard.base.secrets import excerpt
from wizard.base.wording import plural
from wizard.checklist.evidence import Evidence, rehearsed, undecided
from wizard.project import previous_version
from wizard.project.previous_version import PreviousVersion
from wizard.project.project import Project
from wizard.project.served_settings import env_place
from wizard.project.start_sources import find
from wizard.site.session import Site, new_client_address
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.request_loop import Requests, requesting
from wizard.targets.local.rollover import LOCK_SECONDS, SHORTEST_END, Rollover, seconds_of
from wizard.targets.sandbox import Sandbox

RAN = {
    "28.2": "migrate, while another transaction holds a lock",
    "28.3": "the previous version on the next version's tables",
    "28.4": "requests while one deployment replaces the other",
    "28.5": "the previous version, started again on the next version's tables",
}
NAME_IT = "Commit the version that is running, or answer previous_version with its commit"
GAVE_UP = re.compile(r"canceling statement due to (lock|statement) timeout")
"""PostgreSQL's message."""
MOST_NAMED = 3


@dataclass
class SecondDeployment:
    """One rehearsal of a second deployment, in which each item's evidence comes from a stage."""

    project: Project
    beside: Sandbox
    """The sandbox whose target is the trial."""
    trial: Rollover
    before: Visits = field(default_factory=lambda: Visits("", {}))
    """What failed before the next version came."""
    paths: list[str] = field(default_factory=list)
    """What visitors request all the time."""
    change: Requests = field(default_factory=Requests)
    lost: list[str] = field(default_factory=list)
    """What the previous version can't do on the next version's tables, and could before."""

    def evidence(self) -> Iterator[Evidence]:
        """Run the stages. What a failed stage leaves open stays open.

        Raises:
            StepError: the next version does not start.
        """
        trial = self.trial
        try:
            trial.start_previous()
        except Stopped:
            raise
        except StepError as error:
            why = f"{self._version()} does not start here: {excerpt(str(error), 200)}. {NAME_IT}"
            yield from (undecided(item, ran, why) for item, ran in RAN.items())
            return
        with trial.site() as site:
            self.paths = self._answering(site)
            self.before = self._visits(site)
            with requesting(site, self.paths, self.change):
                trial.start_next()
            with ThreadPoolExecutor(1, "migrate") as beside:  # the other stages go on while it waits for its lock
                waiting = beside.submit(trial.migrate_while_locked)
                yield self._on_new_tables(site)
                yield self._replaced(site)
                yield self._rolled_back(site)
                yield self._gives_up(waiting)

    def _version(self) -> str:
        return self.trial.previous.title if self.trial.previous else "the project"

    def _both(self) -> str:
        """What the two versions are, for evidence."""
        count = len(self.trial.new)
        if not count and not self.trial.changed:
            return "no migration is new, so both versions are the same code"
        return f"{plural(count, 'new migration')} since {self._version()}"

    def _answering(self, site: Site) -> list[str]:
        """The health check, and a page that answers."""
        client = new_client_address()
        for path in list_addresses(self.project, 10):
            try:
                if site.peek(path, client).status_code == 200:
                    return list(dict.fromkeys(["/health/", path]))
            except SiteError:
                continue
        return ["/health/"]

    def _visits(self, site: Site) -> Visits:
        """What fails on the site of the version that gets the requests now. Without new migrations only its pages."""
        if not self.trial.new:
            return visits.pages(self.project, site)
        seen = visits.everything(self.project, self.beside, site)
        tables = {problem: problem for problem in self.trial.table_problems()}
        return Visits(f"all models, {seen.tried}", {**tables, **seen.failures})

    # ---- stages

    def _on_new_tables(self, site: Site) -> Evidence:
        seen = self._visits(site)
        self.lost, expected = seen.new(self.before), "everything that worked before the migration"
        showed = "; ".join(self.lost[:MOST_NAMED]) or f"{seen.tried} as before"
        return self._shown("28.3", not self.lost, f"{showed}; {self._both()}", expected, self._place())

    def _gives_up(self, waiting: Future[tuple[Completed | None, float]]) -> Evidence:
        expected = f"migrate gives up in {LOCK_SECONDS:.0f} s"
        try:
            done, seconds = waiting.result()
        except CommandError as error:
            showed = f"the table of the migrations can't be locked: {excerpt(error.why, 160)}"
            return self._shown("28.2", False, showed, expected, self._settings())
        if done is None:
            showed = f"it still waited after {seconds:.0f} s, and requests to that table with it: no lock_timeout"
        elif not done.returncode:
            showed = "it did not wait for the lock"
        elif found := GAVE_UP.search(done.output):
            return self._shown("28.2", True, f"it gave up after {seconds:.0f} s: {found[0]}", expected)
        else:
            showed = f"it failed for another reason: {excerpt(done.last_lines(2), 160)}"
        return self._shown("28.2", False, showed, expected, self._settings())

    def _replaced(self, site: Site) -> Evidence:
        trial = self.trial
        with requesting(site, self.paths, self.change):
            wrong = trial.replace(trial.first, trial.next)
        too_short = self._too_short()
        wrong = too_short or wrong
        failed, lacking = [str(self.change)] if self.change.failures else [], self._lacking()
        problems = [*failed, *([wrong] if wrong else []), *lacking]
        expected, showed = "no failed request, and a version that ends by itself", "; ".join(problems)
        where = f"{self.project.display_path(trial.changed[0])}:1" if lacking else self._start()
        if too_short and not lacking:
            where = env_place(self.project, self.project.platform.draining_variable)
        return self._shown("28.4", not problems, showed or self._all_answered(), expected, where)

    def _too_short(self) -> str:
        """Why a request that takes some seconds is cut off, whatever the short ones of the rehearsal show."""
        platform = self.project.platform
        variable = platform.draining_variable
        value = self.trial.environment().get(variable, "") if variable else str(SHORTEST_END)
        seconds = seconds_of(value)
        if seconds >= SHORTEST_END:
            return ""
        if not seconds:
            return f"{variable} is not set, so {platform.title} kills the previous version together with SIGTERM"
        return f"{variable} is {seconds}, so a request that takes longer than {seconds} s is cut off"

    def _lacking(self) -> list[str]:
        """What the next version can't do, because a migration was changed after it had run."""
        trial = self.trial
        problems = trial.table_problems(trial.next) if trial.changed else []
        if not problems:
            return []
        name = trial.changed[0].name
        why = (
            f"{name} was changed or removed after it had run, and migrate does not run it again: write a new migration"
        )
        return [f"in the new version {'; '.join(problems[:MOST_NAMED])}: {why}"]

    def _all_answered(self) -> str:
        return f"{self.change}, of {' and '.join(self.paths)}"

    def _rolled_back(self, site: Site) -> Evidence:
        trial, requests = self.trial, Requests()
        expected = "the previous version starts, and works as before"
        with requesting(site, self.paths, requests):
            try:
                trial.start_previous_again()
            except CommandError as error:
                showed = f"it does not start: {excerpt(str(error), 200)}"
                return self._shown("28.5", False, showed, expected, self._place())
            ended = trial.replace(trial.next, trial.first)
        wrong = "" if self._too_short() else ended  # 28.4 names it
        seen = visits.pages(self.project, site)
        # A rollback brings back the version that was tried on these tables, with all that it can't do on them.
        lost = list(dict.fromkeys((*seen.new(self.before), *self.lost)))[:MOST_NAMED]
        problems = [*([str(requests)] if requests.failures else []), *lost, *([wrong] if wrong else [])]
        showed = "; ".join(problems) or f"{seen.tried} as before, and {requests}; {self._both()}"
        return self._shown("28.5", not problems, showed, expected, self._place())

    # ---- evidence

    def _shown(self, item: str, holds: bool, showed: str, expected: str, where: str = "") -> Evidence:
        return rehearsed(item, holds, "command", RAN[item], showed, expected=expected, where=where)

    def _place(self) -> str:
        """The first new migration, or else the start command."""
        new = self.trial.new
        return f"{self.project.display_path(new[0])}:1" if new else self._start()

    def _start(self) -> str:
        path, line = find(self.project.root, self.project.top).place()
        return f"{self.project.display_path(path)}:{line}"

    def _settings(self) -> str:
        return self.project.display_path(self.project.settings.main)


def evidence(
    project: Project, sandbox: Sandbox, server: Postgres, previous: PreviousVersion | None, new: list[Path]
) -> Iterator[Evidence]:
    """Evidence for 28.2 to 28.5, from a second deployment on *server*."""
    changed = previous_version.changed_migrations(project, previous) if previous else []
    with closing(Rollover(sandbox.target, server, previous, new, changed)) as trial:
        yield from SecondDeployment(project, sandbox.beside(trial), trial).evidence()
