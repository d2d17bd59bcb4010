"""Task 16, Create Procfile: the command with which the platform starts the service.

It is written where the platform reads it: the Procfile, or the Dockerfile or the platform's configuration where the
project has one. Golive adds two parts to the checklist's line. `collectstatic`, since the platform does not run it.
`exec`, since otherwise the shell does not forward SIGTERM and every restart kills the server. Source: Railpack's source
code; measured with sh, bash and gunicorn.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import (
    added_modules,
    background_work,
    early_imports,
    image_builds,
    image_rights,
    packages,
    production_choice,
    start_commands,
    start_faults,
)
from steps.shared.commits import is_uncommitted, plan_commit
from steps.shared.start_commands import Wanted
from wizard.base import files
from wizard.base.errors import StepError
from wizard.base.git import PUSH_HOOKS
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown, waiting
from wizard.plan.actions import Action, Assist, CommitFiles, Finding, Plan, PushCommits, WriteFile
from wizard.project import asgi
from wizard.project.build_steps import BuildSteps, build_steps
from wizard.project.procfile import web_command
from wizard.project.project import Project
from wizard.project.start_sources import CONFIGURATIONS, Kind, StartSource, find
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

MIGRATE = "migrate --noinput"
CACHE_TABLES = "createcachetable"
"""Migrations don't create the tables of Django's database cache. Source: Django's documentation of its caches."""
MESSAGE = "Add the Procfile"
COMPLETED = "Complete the start command"
EXPECTED = "a command that prepares the database and the static files, and starts a server"


class Procfile(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = (
            "start: at each start of the service, for a single replica. pre-deploy: once before each deployment, for "
            "several replicas. Set that command in the service's settings."
        )
        questions = [Question("migrate", "When do migrations run?", "start", why, ("start", "pre-deploy"))]
        if project.git and project.git.has_remote():
            why = "The platform may deploy what you push."
            questions.append(Question("push", "Push after the commit?", "no", why, ("no", "yes")))
        return questions

    def inspect(self, project: Project) -> list[Finding]:
        source = find(project.root, project.top)
        found = [
            Finding(
                f"Railway stops reading {name} on 2026-12-01. Move its settings to the service.", path, warning=True
            )
            for name in CONFIGURATIONS
            if (path := source.uploaded / name).is_file()
        ]
        if source.image:
            found.append(
                Finding("Railway builds the Dockerfile and ignores the Procfile", source.image.path, warning=True)
            )
        nixpacks = source.uploaded / "nixpacks.toml"
        if nixpacks.is_file() and source.path != nixpacks:
            found.append(
                Finding("New services are built by Railpack, which ignores nixpacks.toml", nixpacks, warning=True)
            )
        if source.kind is not Kind.PROCFILE:
            return [*found, Finding(f"The start command is in {source.title}", source.path)]
        path = source.path
        return [*found, Finding("There is a Procfile", path) if path.is_file() else Finding("There is no Procfile yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        source, actions, application = find(project.root, project.top), list[Action](), ""
        if not asgi.application(project, "wsgi") and not asgi.application(project, "asgi"):
            wsgi_module, application = _wsgi_module(project)
            actions.append(wsgi_module)
        steps = build_steps(project, source)
        wanted = wanted_parts(project, answers, steps, application)
        command = start_commands.completed(project, source, wanted)
        command = production_choice.corrected(project, source, source.path, command)
        if wanted.asgi and wanted.server.split()[0] in command:
            why = f"an ASGI server: {asgi.need_for_asgi(project)}"
            actions += packages.add_packages(project, asgi.asgi_packages(project), why, answers)
        early = early_imports.find(project, source, wanted)
        written = list(_edits(project, source, command, wanted))
        written += early_imports.edits(project, early) if early else ()
        actions += written
        paths = tuple(action.path for action in written)
        if not paths and is_uncommitted(project, source.path):
            paths = (source.path,)
        if paths:
            actions.append(plan_commit(project, answers, "16.2", paths, _message(project, source)))
        actions += self._push(project, answers, actions)
        return Plan.of(*actions, remarks=tuple(_remarks(project, source, command, steps, wanted)))

    def _push(self, project: Project, answers: Answers, actions: list[Action]) -> list[Action]:
        if answers.get("push") != "yes" or not project.git or not project.git.has_remote():
            return []
        commits = any(isinstance(action, CommitFiles) for action in actions)
        return [PushCommits(project.git.hooks(PUSH_HOOKS))] if commits or not project.git.is_pushed() else []

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        source = find(project.root, project.top)
        try:
            command = web_command(source.path) if source.kind is Kind.PROCFILE else source.runnable()
        except StepError as error:
            where = f"{project.display_path(source.path)}:1"
            yield shown("16.1", False, "file", source.title, str(error), expected=EXPECTED, where=where)
            return
        yield self._command(project, answers, source, command)
        yield self._committed(project, answers, source)

    def _command(self, project: Project, answers: Answers, source: StartSource, command: str) -> Evidence:
        """Evidence that the start command has all its parts, and no fault that can be seen without running it."""
        steps = build_steps(project, source)
        wanted, wrong = wanted_parts(project, answers, steps), production_choice.start_problems(project, source)
        faults = start_faults.faults(project, source, wanted)
        place = start_faults.place(project, source) if faults else ""
        if early := early_imports.find(project, source, wanted):
            faults, place = [early.fault(project), *faults], early.place(project)
        showed = f"web: {command}" if source.kind is Kind.PROCFILE and source.command else command
        showed = f"{'; '.join(faults)}, in `{showed}`" if faults else showed
        if wrong:
            showed, place = "; ".join([*(each.found for each in wrong), *faults]), wrong[0].place
        if steps.build:
            showed += f"; the service's build runs: {' && '.join(steps.build)}"
        holds = not faults and not wrong
        return shown("16.1", holds, "file", source.title, showed, expected=EXPECTED, where=place)

    def _committed(self, project: Project, answers: Answers, source: StartSource) -> Evidence:
        git, path = project.git, source.path
        if git is None or is_uncommitted(project, path):
            action = plan_commit(project, answers, "16.2", (path,), _message(project, source))
            return waiting("16.2", path.name, action.why if isinstance(action, Assist) else "it is not committed")
        if not git.has_remote():
            showed = f"committed in {git.head()[:10]}; the repository has no remote"
            return shown("16.2", True, "git", "git show HEAD", showed)
        if git.is_pushed():
            return shown("16.2", True, "git", "git rev-list @{upstream}..HEAD", "committed and pushed")
        return waiting("16.2", "git", "committed, not pushed. Run `git push`, or answer push: yes to let Golive do it")


def _message(project: Project, source: StartSource) -> str:
    new = source.kind is Kind.PROCFILE and (project.git is None or project.git.at_head(source.path) is None)
    return MESSAGE if new else COMPLETED


def _edits(project: Project, source: StartSource, command: str, wanted: Wanted) -> Iterator[WriteFile]:
    """The changes to the file with the start command, and to the script that it runs."""
    why = "the command with which the platform starts the service"
    before = files.read(source.path)
    after = source.rewritten(command) if command != source.command or source.is_broken else before
    if source.image and source.kind is Kind.DOCKERFILE:
        after = image_builds.completed(project, source.image, image_rights.mended(project, source, after or b""))
    elif source.image:
        image = files.read(source.image.path)
        built = image_builds.completed(project, source.image, image_rights.mended(project, source, image or b""))
        if built != image:
            yield WriteFile(source.image.path, image, built, "what the image's build needs")
    if after != before and after is not None:
        yield WriteFile(source.path, before, after, why)
    script = start_commands.completed_script(project, source, wanted)
    edited = {script[0]: script[2]} if script and script[1] != script[2] else {}
    for path in {each.path for each, _ in production_choice.overrides(project, source)} - {source.path}:
        text = edited.get(path, files.read(path) or b"").decode("utf-8", "surrogateescape")
        corrected = production_choice.corrected(project, source, path, text)
        edited[path] = corrected.encode("utf-8", "surrogateescape")
    for path, content in edited.items():
        yield WriteFile(path, files.read(path), content, why)


def _remarks(project: Project, source: StartSource, command: str, steps: BuildSteps, wanted: Wanted) -> Iterator[str]:
    if source.kind is Kind.PROCFILE and "release" in source.others:
        yield "Railway does not run `release`. Run migrations in `web` or in a pre-deploy command."
    if wanted.asgi:
        yield f"The project needs an ASGI server: {asgi.need_for_asgi(project)}."
        if asgi.in_memory_layer(project):
            place = background_work.place_of(project, "CHANNEL_LAYERS")
            yield (
                f"{place}: CHANNEL_LAYERS uses InMemoryChannelLayer: messages reach only "
                "visitors of the same process. Keep one process, or use channels_redis."
            )
    if steps.build:
        yield f"The service's build must run: {' && '.join(steps.build)}"
    yield from steps.remarks
    yield from background_work.remarks(project)


def _caches_in_database(project: Project) -> bool:
    caches = (project.value("CACHES") or {}).values()
    return any(str(cache.get("BACKEND")).endswith("db.DatabaseCache") for cache in caches)


def _wsgi_module(project: Project) -> tuple[Action, str]:
    """The action that writes a wsgi.py next to the root urls.py, and the name of its application."""
    folder = project.urls_file.parent if project.urls_file else project.root
    text = added_modules.render(project, "wsgi.py").replace("config.settings", project.production_module)
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    action = WriteFile(
        folder / "wsgi.py", files.read(folder / "wsgi.py"), text.encode(), "the module that a server loads"
    )
    return action, f"{package}.wsgi:application".lstrip(".")


def server_command(project: Project, application: str = "") -> str:
    """The command that serves *application*, by default the project's own.

    Raises:
        StepError: there is neither a WSGI nor an ASGI application.
    """
    if not application and asgi.need_for_asgi(project):
        return asgi.asgi_command(project)
    if application := application or asgi.application(project, "wsgi"):
        return f"gunicorn {application} --bind {asgi.BIND} --access-logfile -"
    raise StepError(
        "There is nothing to serve",
        "the settings have no WSGI_APPLICATION or ASGI_APPLICATION, and there is no wsgi.py or asgi.py",
        "Add a wsgi.py next to urls.py, like the one that `django-admin startproject` creates.",
    )


def wanted_parts(project: Project, answers: Answers, steps: BuildSteps, application: str = "") -> Wanted:
    """What the start command must have."""
    needs_asgi = not application and bool(asgi.need_for_asgi(project))
    commands = [MIGRATE] if answers.get("migrate", "start") == "start" else []
    commands += [CACHE_TABLES] if _caches_in_database(project) else []
    served = application or asgi.application(project, "asgi" if needs_asgi else "wsgi")
    server = server_command(project, application)
    return Wanted((*commands, *steps.commands), server, needs_asgi, served)


STEP = Procfile
