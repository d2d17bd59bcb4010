"""Run the project's own tests once, in a copy of its files: `manage.py test`, or pytest with pytest-django."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files, process
from wizard.base.errors import CommandError, EditError, GoliveError
from wizard.base.secrets import redact
from wizard.project import agent, release_copy, written_values
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.commands import command_environment

SECONDS = 300.0
"""The time limit of one run."""
PLUG_IN = "golive_test_results"
COPY = "copy-of-the-project"
"""The folder with the project's files. No module has such a name, so the copy hides none."""
_FILE = re.compile(r"^(test\w*|\w+_tests?)\.py$")
_TEST = re.compile(rb"^\s*(async )?def test", re.MULTILINE)
_PYTEST = {"pytest.ini": b"[pytest]", "setup.cfg": b"[tool:pytest]", "tox.ini": b"[pytest]",
           "pyproject.toml": b"[tool.pytest.ini_options]"}  # fmt: skip
PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True)
class Results:
    """The outcome of each test (`passed`, `failed` or `skipped`) and the messages of those that failed."""

    outcomes: Mapping[str, str]
    messages: Mapping[str, str]

    @property
    def passed(self) -> set[str]:
        return {name for name, outcome in self.outcomes.items() if outcome == PASSED}


class NotRun(GoliveError):
    """The project's tests can't be run on this machine. `what` says why."""


def exist(project: Project) -> bool:
    """Whether the project has a test that one of the two programs would find. Starts nothing."""
    known = (path for path in project.copy.known() if _FILE.match(path.name))
    return any(_TEST.search(files.read(path) or b"") for path in known if path.is_file())


def run(project: Project, sandbox: Sandbox) -> Results:
    """Run all tests once, with the values of this machine.

    Raises:
        NotRun: they need what is missing here, took too long, or gave no result.
    """
    folder = project.work / "own-tests"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        copy = _copied(project, folder)
        return _run(project, sandbox, folder, copy)
    except OSError as error:  # such as a full disk
        raise NotRun(f"{error.filename or folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(project: Project, folder: Path) -> Path:
    """Copy the project's files, its local .env files and the plug-in into *folder*. Returns the copy's top folder."""
    copy = folder / COPY
    release_copy.export(project.copy.files(), project.top, copy)
    local = {project.development_env, *(project.root / name for name in release_copy.LOCAL)} - {project.production_env}
    for path in local:
        if path.is_file() and files.inside(path, project.top):
            (copy / path.relative_to(project.top)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / path.relative_to(project.top))
    plug_in = Path(agent.__file__).parent / f"{PLUG_IN}.py"
    shutil.copyfile(plug_in, folder / plug_in.name)
    return copy


def _run(project: Project, sandbox: Sandbox, folder: Path, copy: Path) -> Results:
    results = folder / "results"
    configured = _pytest_folder(project)
    module = _module(project, configured)
    wrapper = _wrapper(project, sandbox, module, folder)
    if configured:
        argv = [str(project.python.path), "-m", "pytest", "-p", PLUG_IN, "-p", "no:cacheprovider", "-q"]
        argv += [f"--ds={wrapper}"] if wrapper else []
        place = copy / configured.relative_to(project.top)
    else:
        place = copy / project.root.relative_to(project.top)
        argv = [str(project.python.path), str(place / project.manage.name), "test", "--noinput"]
        argv += [f"--testrunner={PLUG_IN}.Reporter", *([f"--settings={wrapper}"] if wrapper else [])]
    environment = {
        **command_environment(project, "development"),
        "PYTHONPATH": f"{folder}:{copy / project.root.relative_to(project.top)}",
        "GOLIVE_TEST_RESULTS": str(results),
    }
    if configured and not wrapper:
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # it would replace the one that pytest's configuration names
        environment |= {"DJANGO_SETTINGS_MODULE": module} if not _named_for_pytest(project) else {}
    process.spent.interpreters += 1
    try:
        done = process.run(argv, cwd=place, env=environment, timeout=SECONDS)
    except CommandError as error:
        raise NotRun(error.why or error.what) from error
    found = _read(results)
    if not found.passed:
        raise NotRun(_reason(found) or done.last_lines(1).strip() or "they gave no result")
    return found


def _reason(found: Results) -> str:
    """The last line of the first failure."""
    lines = [line for message in found.messages.values() for line in message.splitlines()[-1:]]
    return f"none passes: {redact(lines[0].strip())}" if lines else ""


def _read(path: Path) -> Results:
    """The results in the file at *path*. Lines that a test or a killed runner left broken are skipped.

    Raises:
        NotRun: it is too large, or no regular file.
    """
    outcomes: dict[str, str] = {}
    messages: dict[str, str] = {}
    try:
        content = files.read(path) or b""
    except EditError as error:
        raise NotRun(f"their results can't be read: {error.why}") from error
    for line in content.splitlines():
        try:
            name, outcome, message = map(str, json.loads(line))
            name = name.removeprefix(f"{COPY}.")  # of tests whose top folder is a package
        except (ValueError, TypeError):
            continue
        if outcomes.get(name) != FAILED:  # a test may report more than once, such as for its teardown
            outcomes[name] = outcome
        if outcome == FAILED:
            messages[name] = message
    return Results(outcomes, messages)


def _pytest_folder(project: Project) -> Path | None:
    """The folder from which pytest runs; None if the project does not configure it, or pytest-django is missing."""
    if "pytest-django" not in {name.lower().replace("_", "-") for name in project.installed()["versions"]}:
        return None
    for folder in dict.fromkeys((project.root, project.top)):
        if any(section in (files.read(folder / name) or b"") for name, section in _PYTEST.items()):
            return folder
    return None


def _named_for_pytest(project: Project) -> str:
    """The settings module that pytest's configuration names; empty if it names none."""
    places = written_values.find(project.root, project.top)
    named = (each.variables.get(written_values.MODULE, "") for each in places if each.place.endswith(", pytest"))
    return next(filter(None, named), "")


def _module(project: Project, configured: Path | None) -> str:
    """The settings module that the tests load."""
    return (_named_for_pytest(project) if configured else "") or project.settings_module


def _wrapper(project: Project, sandbox: Sandbox, module: str, folder: Path) -> str:
    """Write a settings module with a scratch database, if the project's is a server. Returns its name, or nothing.

    Raises:
        NotRun: there is no scratch database for these models.
    """
    if all("sqlite" in engine or "spatialite" in engine for engine in _engines(project, module)):
        return ""
    if project.development_configuration:
        raise NotRun("the settings are a class, and its database is a server")
    settings = sandbox.scratch.settings_for_tests()
    if sandbox.scratch.note:
        raise NotRun(sandbox.scratch.note)
    lines = f'import os\n\nos.environ["DJANGO_SETTINGS_MODULE"] = {module!r}\nfrom {module} import *\n{settings}'
    files.write(folder / "golive_test_settings.py", lines.encode(), mode=0o600)
    return "golive_test_settings"


def _engines(project: Project, module: str) -> Iterator[str]:
    """The engines of the databases under the settings *module*."""
    answer = project.snapshot.development
    if module != project.settings_module:
        environment = command_environment(project, "development")
        answer = project.interpreter.ask_all(
            [project.in_place("inspect", module, "", {**environment, written_values.MODULE: module}, only="settings")]
        )[0]
    if error := AgentError.of(answer):
        raise NotRun(f"the settings {module} can't be loaded: {error.brief(120)}")
    for options in (answer["settings"].get("DATABASES") or {}).values():
        yield str(options.get("ENGINE"))
