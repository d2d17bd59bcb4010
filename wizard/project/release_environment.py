"""An environment that was installed from the files that a builder will install, and from nothing else.

The rehearsal's deployment runs in it. Environments are kept in the user's cache by the content of these files and the
version of Python, so each is made once, and from one that lacks some packages if there is one. An installation goes to
a folder of its own, and becomes visible by renaming a link to it. A killed one therefore leaves only a folder that the
next run removes.

Without the package index, or where a package can't be built on this machine, the project's own environment is used
instead, with the reason.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError, EditError, StepError
from wizard.base.secrets import excerpt
from wizard.project import environment_growth, environment_store, install_errors, release_requirements
from wizard.project.dependencies import DependencyFile
from wizard.project.pip import PipEnvironment
from wizard.project.project import Project
from wizard.project.release_requirements import ReleaseRequirements

LEFT_OUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV",
            "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX")  # fmt: skip
"""Variables of the user that would bring other packages, or install them elsewhere."""


class InstallError(StepError):
    """The requirements can't be installed. Names the line."""


class NoEnvironment(CommandError):
    """An environment can't be made with this machine's Python."""


@dataclass(frozen=True)
class ReleaseEnvironment:
    """The interpreter that the release runs with.

    Arguments:
        file: the file that was installed, for display.
        packages: the folder of the installed packages.
        import_folders: folders of the project, relative to its top, that are packages of their own.
        reason: why it is the project's own environment instead of one made from the file. Else empty.
    """

    python: Path
    file: str
    packages: Path
    import_folders: tuple[Path, ...] = ()
    reason: str = ""

    @property
    def description(self) -> str:
        """How its packages got there, for evidence."""
        if self.reason:
            return f"with this machine's packages: {self.reason}"
        count = len([path for path in self.packages.glob("*.dist-info") if not path.name.startswith("pip-")])
        return f"{count} packages installed from {self.file} alone"


def provide(project: Project, folder: Path, on_line: Callable[[str], None]) -> ReleaseEnvironment:
    """The environment for the release in *folder*, a copy of the project. It is made if there is none yet.

    Raises:
        InstallError: the requirements can't be installed. Names file and line.
    """
    dependencies = moved(project.dependencies, project.top, folder)
    shown = _shown(project)
    if not dependencies.path.is_file():
        raise InstallError(
            f"{project.display_path(project.dependencies.path)} would not be deployed",
            "it doesn't exist, or git ignores it",
            "Create it, and remove it from .gitignore.",
        )
    wanted = release_requirements.of(dependencies, folder)
    python = project.python.path
    key = wanted.digest(*_versions(project))
    local = tuple(path.relative_to(folder.resolve()) for path in wanted.import_folders
                  if path.is_relative_to(folder.resolve()))  # fmt: skip
    link = environment_store.folder() / key
    if not _interpreter(link).exists():
        try:
            _install(project, wanted, dependencies.path.parent, link, on_line)
        except (CommandError, EditError, OSError) as error:
            reason = _reason(project, error, wanted, folder)
            on_line(f"The rehearsal uses this machine's packages: {reason}")
            return ReleaseEnvironment(python, shown, _own(project).packages, local, reason)
    else:
        environment_store.remember(project.root, key)
    return ReleaseEnvironment(_interpreter(link), shown, _packages(link), local)


def _versions(project: Project) -> tuple[str, str]:
    """The version of Python, and its file."""
    return str(project.interpreter.start()["python"]), str(project.python.path.resolve())


def _shown(project: Project) -> str:
    """The file that is installed, for display. A lock file that lacks a requirement only adds its pins."""
    dependencies = project.dependencies
    lock, path = dependencies.lock, project.display_path(dependencies.copy or dependencies.path)
    if lock is None or dependencies.copy:
        return path
    recorded = {name for name, each in dependencies.requirements().items() if each.marker is None}
    if recorded <= lock.names():
        return project.display_path(lock.path)
    return f"{path} with the pins of {lock.path.name}, which is out of date,"


def _own(project: Project) -> PipEnvironment:
    return PipEnvironment(project.python.path, Path(project.interpreter.start()["packages"]))


def moved(dependencies: DependencyFile, top: Path, folder: Path) -> DependencyFile:
    """*dependencies* with the paths of the copy in *folder*."""

    def moved(path: Path) -> Path:
        return folder / path.relative_to(top)

    lock = dependencies.lock
    if lock:
        lock = replace(lock, path=moved(lock.path), member=moved(lock.member) if lock.member else None)
        lock = lock if lock.path.is_file() else None
    copy = moved(dependencies.copy) if dependencies.copy else None
    return replace(dependencies, path=moved(dependencies.path), lock=lock, copy=copy)


def _reason(
    project: Project, error: CommandError | EditError | OSError, wanted: ReleaseRequirements, folder: Path
) -> str:
    """Why the installation failed, if the cause is this machine.

    A package that can't be built here, but is installed here, needs a library or compiler that this machine lacks now.

    Raises:
        InstallError: the cause is in the requirements.
    """
    if isinstance(error, NoEnvironment) or not isinstance(error, CommandError):
        why = (
            error.why if isinstance(error, StepError) else error.strerror or error
        )  # several files: no text of its own
        return f"an environment can't be made in {environment_store.folder()} ({excerpt(str(why), 160)})"
    if install_errors.FULL.search(error.output):
        return "the disk is full"
    if install_errors.is_unreachable(error.output):
        return "the package index can't be reached"
    package = install_errors.unbuilt(error.output)
    if package and package in _own(project).versions():
        return f"{package} can't be built here ({excerpt(install_errors.cause(error.output), 160)})"
    why = install_errors.cause(error.output) or error.why
    place = install_errors.guilty(error.output, wanted.lines)
    if place is None:
        raise InstallError("The dependency file can't be installed", why, "Correct it, then run again.") from error
    where = f"{place.path.relative_to(folder)}:{place.line}"
    hint = "Correct this line, then run again."
    raise InstallError(f"{where}: {place.text.split(' --')[0]} can't be installed", why, hint) from error


# ---- installing


@dataclass(frozen=True)
class _Progress:
    """Passes on the lines of pip's output that name a package or an error, without their details."""

    on_line: Callable[[str], None]

    def __call__(self, line: str) -> None:
        if re.match(r"\s*(Collecting|Processing|ERROR|error)\b", line):
            self.on_line(re.sub(r" \(from .*", "", line))


def _install(
    project: Project, wanted: ReleaseRequirements, cwd: Path, link: Path, on_line: Callable[[str], None]
) -> None:
    """Install *wanted* into a new folder, then let *link* point to it.

    Raises:
        CommandError: the environment can't be made, or an installation fails.
    """
    link.parent.mkdir(parents=True, exist_ok=True)
    made = link.with_name(f"{link.name}.{os.getpid()}-{secrets.token_hex(4)}")
    on_line("Installing the dependency file into an environment of its own")
    with ExitStack() as failed:
        failed.callback(shutil.rmtree, made, ignore_errors=True)
        made.mkdir(mode=0o700)
        (made / "constraints.txt").write_text("".join(f"{line}\n" for line in wanted.constraints), "utf-8")
        kept = [environment_store.folder() / key for key in environment_store.keys(project.root)]
        start = environment_growth.smaller(kept, wanted, *_versions(project))
        _fill(project, wanted, cwd, made, start, _Progress(on_line))
        if start and not environment_growth.versions(start / "venv") <= environment_growth.versions(made / "venv"):
            on_line("An installed package had to change, so the installation begins again without any")
            shutil.rmtree(made / "venv")
            _fill(project, wanted, cwd, made, None, _Progress(on_line))
        environment_growth.record(made, wanted, *_versions(project))
        # Before the link is made: another run removes links that no project uses.
        environment_store.remember(project.root, link.name)
        _point(link, made)
        failed.pop_all()


def _fill(
    project: Project,
    wanted: ReleaseRequirements,
    cwd: Path,
    made: Path,
    start: Path | None,
    lines: Callable[[str], None],
) -> None:
    """Make an environment below *made* with the packages of the one below *start*, and install *wanted*."""
    install = _uv_for(project, made, cwd, lines) or _pip_for(project, made, cwd, lines)
    if start:
        environment_growth.link_packages(start / "venv", made / "venv")
    # By standard input: an address of a package index may hold a password, which is in no file but the user's own.
    files_given = ["-r", "/dev/stdin", "-c", str(made / "constraints.txt")]
    _run(project, [*install, *files_given], cwd, lines, wanted.text)


def _uv_for(project: Project, made: Path, cwd: Path, on_line: Callable[[str], None]) -> list[str]:
    """Make the environment below *made* with uv, and return a uv that installs into it. Empty if there is none.

    It is the uv of the project's environment, or the one on PATH. One that is too old makes no environment.
    """
    own = project.python.prefix / "bin" / "uv"
    uv = str(own) if own.is_file() else shutil.which("uv")
    if uv is None:
        return []
    venv = [uv, "venv", "--quiet", "--no-project", "--python", str(project.python.path), str(made / "venv")]
    try:
        _make(project, venv, cwd, on_line)
    except NoEnvironment:
        return []
    # Processes of a release write no bytecode. Without that of the packages, each would compile what it imports.
    return [uv, "pip", "install", "--compile-bytecode", "--python", str(_interpreter(made))]


def _pip_for(project: Project, made: Path, cwd: Path, on_line: Callable[[str], None]) -> list[str]:
    """Make the environment below *made*, and return a pip that installs into it.

    The project's own pip is used from outside if it can do that, since a copy of it takes seconds to install.
    """
    python = str(project.python.path)
    version = _own(project).versions().get("pip", "0")
    outside = int(version.partition(".")[0]) >= 23
    without = ["--without-pip"] if outside else []
    _make(project, [python, "-m", "venv", *without, str(made / "venv")], cwd, on_line)
    pip = [python, "-m", "pip", "--python", str(_interpreter(made))] if outside else [
        str(_interpreter(made)), "-m", "pip"
    ]  # fmt: skip
    return [*pip, "--disable-pip-version-check", "--no-input", "install", "--retries", "2"]


def _make(project: Project, argv: list[str], cwd: Path, on_line: Callable[[str], None]) -> None:
    try:
        _run(project, argv, cwd, on_line)
    except CommandError as error:
        raise NoEnvironment(error.what, error.why, error.hint, output=error.output) from error


def _run(
    project: Project, argv: list[str], cwd: Path, on_line: Callable[[str], None], stdin: str | None = None
) -> None:
    environment = {name: value for name, value in process.own_environment().items() if name not in LEFT_OUT}
    done = process.run(argv, cwd=cwd, env=process.marked(environment, project.root), on_line=on_line, stdin=stdin)
    if done.returncode:
        raise CommandError(
            f"`{done.command}` failed with exit code {done.returncode}", done.last_lines(4), output=done.output
        )


def _point(link: Path, made: Path) -> None:
    """Let *link* point to *made*, in one step. If another run has made the environment meanwhile, that one is kept."""
    if _interpreter(link).exists():
        shutil.rmtree(made, ignore_errors=True)
        return
    temporary = made.with_name(f"{made.name}.link")
    temporary.symlink_to(made.name)
    temporary.replace(link)


def _interpreter(folder: Path) -> Path:
    return folder / "venv" / "bin" / "python"


def _packages(folder: Path) -> Path:
    return next(iter((folder / "venv").glob("lib*/python*/site-packages")), folder)
