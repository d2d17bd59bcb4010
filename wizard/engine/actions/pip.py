"""Run pip for an action, with constraints that keep the installed versions."""

from __future__ import annotations

from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext


def run(context: ApplyContext, verb: str, *packages: str, seconds: float = 900.0) -> None:
    """Run pip, for *seconds* at most. Requirements with a URL, which may hold a password, are passed in a private file.

    Raises:
        CommandError: pip failed, or there is no pip.
    """
    urls = [package for package in packages if "://" in package]
    arguments = [package for package in packages if package not in urls]
    project = context.project
    project.work.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=project.work, prefix="requirements-", encoding="utf-8") as file:
        if urls:
            file.write("\n".join(urls) + "\n")
            file.flush()
            arguments += ["--requirement", file.name]
        environment = context.package_environment
        environment.run(verb, *arguments, project=project.root, on_line=context.output, seconds=seconds)


def constraints(context: ApplyContext, versions: dict[str, str]) -> tuple[str, str]:
    """pip's options that keep the installed *versions*."""
    path = context.project.work / "constraints.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    pins = [f"{name}=={version}" for name, version in versions.items() if "+" not in version]
    path.write_text("\n".join(pins) + "\n", encoding="utf-8")
    return "--constraint", str(path)
