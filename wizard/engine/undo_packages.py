"""Undo an installation in the environment that was changed, which the journal records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from wizard.base.errors import CommandError
from wizard.project import trust
from wizard.project.pip import PipEnvironment

if TYPE_CHECKING:
    from wizard.engine.undo import Context
    from wizard.state.journal import Record


def recorded(environment: PipEnvironment, root: Path, top: Path) -> dict[str, str]:
    """*environment* for the journal. Paths inside the repository are relative, so that the project can be moved."""
    paths = {"python": environment.python, "packages": environment.packages}
    inside = {name: path.relative_to(top) if path.is_relative_to(top) else path for name, path in paths.items()}
    return {**{name: str(path) for name, path in inside.items()}, "project": str(root)}


class PackagesAction:
    """Remove the packages that an installation added, and restore the versions that it changed.

    A failure never stops the undo of files. It is reported with the command to run.
    """

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        pass

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        given = record.get("environment")
        if not given:
            told = ", ".join(record["packages"])
            context.left.append(f"{told}: the journal doesn't name their environment; remove them with pip")
            return
        environment = PipEnvironment(*(context.top / given[name] for name in ("python", "packages")))
        if not environment.works:
            context.left.append(
                f"{', '.join(record['packages'])} can't be removed: the interpreter {environment.python} is gone"
            )
            return
        if why := self._not_ours(context, environment, given):
            python = environment.python
            context.left.append(f"{', '.join(record['packages'])} stay in the environment of {python}: {why}")
            return
        environment.remove_half_installed()
        changed, added = self._difference(context, environment, record, result)
        for command, names in ((("install", "--no-deps"), changed), (("uninstall", "--yes"), added)):
            if names:
                self._run(context, environment, (*command, *names))

    def _not_ours(self, context: Context, environment: PipEnvironment, given: dict[str, str]) -> str:
        """Why pip is not run there; empty if it may be."""
        if not (trust.is_trusted(context.root) or trust.in_ci()):
            return f"its interpreter is run only if you trust {context.root}; remove them with pip"
        outside = not environment.packages.is_relative_to(context.top)
        origin = given.get("project", str(context.root))
        if outside and origin != str(context.root) and Path(origin).exists():
            return f"it is outside of this project, and {origin} uses it too"
        return ""

    def _run(self, context: Context, environment: PipEnvironment, arguments: tuple[str, ...]) -> None:
        try:
            environment.run(*arguments, project=context.root, on_line=context.say)
        except CommandError as error:
            line = f"{environment.python} -m pip {' '.join(arguments)}"
            context.left.append(f"pip failed ({error.why}). Run it yourself: {line}")

    def _difference(
        self, context: Context, environment: PipEnvironment, record: Record, result: Record | None
    ) -> tuple[list[str], list[str]]:
        """The requirements to install, and the names to uninstall."""
        before = {str(canonicalize_name(name)): version for name, version in record["before"].items()}
        present = environment.versions()
        if result is None:  # killed while pip was at work
            after = {name: version for name, version in present.items() if before.get(name) != version}
            gone = before.keys() - present.keys()
        else:
            after = {str(canonicalize_name(name)): version for name, version in result["after"].items()}
            gone = set(result.get("removed", ())) - present.keys()
        changed = [f"{name}=={before[name]}" for name in sorted(gone)]
        added: set[str] = set()
        for name, version in sorted(after.items()):
            if present.get(name) != version:
                if present.get(name) not in {None, before.get(name)}:
                    context.left.append(f"{name} {present[name]} was installed since: it stays")
            elif name in before:
                changed.append(f"{name}=={before[name]}")
            else:
                added.add(name)
        needed = {name: by for name in added if (by := environment.needed_by(name, but=added))}
        context.left += [f"{each} stays: {by} needs it" for each, by in needed.items()]
        return changed, sorted(added - needed.keys())
