"""Task 30, Connections, Disks, Quotas: what a site runs out of long before it runs out of visitors."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from steps.shared import admin_guard, connection_age, connection_load, quota_guard, second_factor, vulnerable_packages
from steps.shared.accounts import admin_home, ensure_superuser
from steps.shared.parts import Parts
from steps.shared.sentry_init import place
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, undecided, waiting
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.site.session import Site
from wizard.step import Step
from wizard.targets.capacity import FULL
from wizard.targets.sandbox import Sandbox


class Limits(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        asked = (admin_guard.question, second_factor.question, vulnerable_packages.question)
        return [question for ask in asked for question in ask(project)]

    def inspect(self, project: Project) -> list[Finding]:
        if fault := connection_age.fault(project):
            return [Finding(f"Database connections are kept: {fault}", warning=True)]
        return []

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        upgraded, remarks = vulnerable_packages.upgrade(project, sandbox, answers)
        if upgraded:  # alone, since they are rolled back if the project does not start with them
            return Plan.of(*upgraded, remarks=tuple(remarks))
        draft = Draft()
        connection_age.close_each(project, draft)
        quota_guard.complete(project, draft)
        actions = admin_guard.move(project, draft, answers)
        added = second_factor.add(project, draft, answers)
        return Plan.of(*added, *draft.actions(), *actions, remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        parts = Parts()
        with ThreadPoolExecutor(1, "pip-audit") as beside:  # most of the time it waits for the database's answers
            begun = vulnerable_packages.begin(project, sandbox, beside)
            if sandbox.target.may_write:
                yield from parts.of(self._connections(project, sandbox))
                yield from parts.of(self._admin(project, sandbox))
            yield from parts.of(self._disks(sandbox))
            yield from parts.of(self._quota(project, sandbox))
            yield from parts.of(vulnerable_packages.evidence(project, sandbox, begun))
        parts.finish()

    def _connections(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            load = connection_load.measure(project, sandbox.target, site)
        ran = f"{connection_load.REQUESTS} requests of {', '.join(load.paths)}, {connection_load.AT_ONCE} at a time"
        faults = load.faults()
        showed = f"{'; '.join(faults)} ({load})" if faults else str(load)
        if not faults and load.most is None:
            if load.why:
                yield waiting("30.1", ran, f"{load}. {load.why}")
                return
            what = "run this task in the rehearsal with PostgreSQL, which counts them"
            yield undecided("30.1", ran, f"{load}: {what}")
            return
        kept = connection_age.kept_connections(project)
        where = f"{project.display_path(kept[0][0].path)}:{kept[0][1].lineno}" if faults and kept else ""
        expected = "no failure, and no more connections than requests at a time"
        yield sandbox.evidence("30.1", not faults, "request", ran, showed, expected=expected, where=where)

    def _disks(self, sandbox: Sandbox) -> Iterator[Evidence]:
        disks, ran = sandbox.target.disks(), "the sizes of the database and the volumes"
        if not disks:
            yield undecided(
                "30.2", ran, "the size is not known here: the database has no volume, or does not exist yet"
            )
            return
        full = [disk for disk in disks if disk.is_full]
        showed = ", ".join(map(str, full or disks))
        expected = f"less than {FULL:.0%} of each is used"
        yield sandbox.evidence("30.2", not full, "service", ran, showed, expected=expected)

    def _quota(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        ran = "a foreign Host header, bots and health checks, on a copy of the site"
        if not project.settings.mentions("sentry_sdk"):
            yield not_applicable("30.3", "searched the settings", "the project does not report errors to Sentry")
            return
        noise = quota_guard.noise(sandbox)
        if noise is None:
            yield undecided("30.3", ran, "the error that was raised last did not arrive: see task 14")
            return
        where = place(project) if noise else ""
        showed = "; ".join(noise) or "nothing of it reached the error service, and an error did"
        if not noise and (page := quota_guard.filters_page(sandbox.target)):
            showed += f". Sentry itself can leave out web crawlers and health checks, too: {page}"
        expected = "no event and no trace of them"
        yield sandbox.evidence("30.3", not noise, "request", ran, showed, expected=expected, where=where)

    def _admin(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        path = admin_home(project)
        if not path:
            yield not_applicable("30.4", "searched the URLs", "the site has no admin")
            return
        ran = f"the login of the admin, at its own path and at {len(admin_guard.USUAL)} usual ones"
        with sandbox.target.site() as site:
            opened = admin_guard.open_at(site, path)
            if not opened:
                yield undecided("30.4", ran, "no address shows the login of the admin")
                return
            if second_factor.is_added(project) and not sandbox.target.real:
                paths = list(dict.fromkeys((path, *opened, *second_factor.addresses(project))))
                yield from self._code(project, sandbox, site, paths)
                return
            usual = [each for each in opened if admin_guard.is_usual(each)]
            page = "" if usual else admin_guard.published_at(site, path)
            if not usual and not page:
                yield sandbox.evidence("30.4", True, "request", ran, "only the path of its own shows it")
                return
            known = usual[0] if usual else path
            opens, showed = admin_guard.password_suffices(site, known, ensure_superuser(sandbox))
        app = admin_guard.factor_app(project)
        if opens is None or (not opens and not app):
            yield undecided("30.4", ran, f"the superuser could not log in: {showed}")
        elif opens:
            advice = admin_guard.advice(project, path, page)
            why = f"a path that {page} contains" if page else "which scanners try"
            showed = f"{admin_guard.place(project)}a password alone opens {known}, {why}. {advice}"
            yield waiting("30.4", ran, showed)
        else:
            yield sandbox.evidence(
                "30.4", True, "request", ran, f"a password alone does not open it: {app} asks for more"
            )

    def _code(self, project: Project, sandbox: Sandbox, site: Site, paths: list[str]) -> Iterator[Evidence]:
        """Evidence that the second factor, which Golive has added, is asked for and lets its owner in."""
        ran, expected = "the login of a superuser who has a device", "password and code open the admin, and only both"
        cookie = str(project.value("SESSION_COOKIE_NAME") or "sessionid")
        found = second_factor.rehearse(sandbox.target, site, paths, ensure_superuser(sandbox), cookie)
        if found.holds is None:
            yield undecided("30.4", ran, f"the superuser could not log in: {found.showed}")
            return
        showed, where = found.showed, "" if found.holds else second_factor.place(project, found, paths[0])
        if not found.holds and (fault := second_factor.middleware_fault(project)):
            showed = f"{fault}: {showed}"
        yield sandbox.evidence("30.4", found.holds, "request", ran, showed, expected=expected, where=where)


STEP = Limits
