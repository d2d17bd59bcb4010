"""What has to run between the copy of the files and the server: front-end builds, translations, style sheets.

Source: the documentation of django-compressor, django-sass-processor and Django's translations.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wizard.base import files, process
from wizard.project.project import Project
from wizard.project.start_sources import StartSource, find

TRANSLATIONS = "compilemessages --ignore=.venv"
"""The packages of an environment in the same folder bring their own compiled translations."""
NODE = re.compile(r"\b(npm|pnpm|yarn|bun)\b")


@dataclass(frozen=True)
class BuildSteps:
    """The steps that the project needs.

    Arguments:
        build: shell commands for the platform's build, to run in the uploaded folder.
        commands: management commands to run at the start, `collectstatic` among them, in their order.
        node: whether *build* needs Node.js.
        gettext: whether *commands* need the program msgfmt of GNU gettext.
        remarks: steps that can't be added, each with the reason.
    """

    build: tuple[str, ...] = ()
    commands: tuple[str, ...] = ("collectstatic --noinput",)
    node: bool = False
    gettext: bool = False
    remarks: tuple[str, ...] = ()


def build_steps(project: Project, source: StartSource | None = None) -> BuildSteps:
    """The steps that the project needs before it is served."""
    source = source or find(project.root, project.top)
    apps = {str(name).split(".")[0] for name in project.value("INSTALLED_APPS") or []}
    build, commands, remarks = list[str](), list[str](), list[str]()
    if not NODE.search(source.everything()):
        build = [command for folder in _front_ends(project) for command in _node_build(folder, source.uploaded)]
    if "django_tailwind_cli" in apps and "tailwind build" not in source.everything():
        build.append(f"python {_manage(project, source.uploaded)} tailwind build")
    if build and source.image:
        remarks.append(f"{project.display_path(source.path)} does not run the front end's build: {' && '.join(build)}")
        build = []
    gettext, why = _translations(project, source)
    if gettext:
        commands.append(TRANSLATIONS)
    remarks += [why] if why else []
    if "sass_processor" in apps:
        commands.append("compilescss")  # before collectstatic, which collects its result
    commands.append("collectstatic --noinput")
    enabled = project.value("COMPRESS_ENABLED")
    if "compressor" in apps and project.value("COMPRESS_OFFLINE") is True and enabled is not False:
        commands.append("compress")  # after collectstatic: with DEBUG off it reads STATIC_ROOT
    node = any(NODE.search(command) for command in build)
    return BuildSteps(tuple(build), tuple(commands), node, gettext, tuple(remarks))


def _manage(project: Project, folder: Path) -> str:
    return project.manage.relative_to(folder).as_posix()


# ---- translations


def _translations(project: Project, source: StartSource) -> tuple[bool, str]:
    """Whether translations must be compiled at the deployment, or why they can't be."""
    if project.value("USE_I18N") is False:
        return False, ""
    listed = {path for path in project.copy.files() if path.parent.name == "LC_MESSAGES"}
    missing = [path for path in sorted(listed) if path.suffix == ".po" and path.with_suffix(".mo") not in listed]
    if not missing:
        return False, ""
    name = project.display_path(missing[0])
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    if source.image and "gettext" not in source.image.text:
        return False, f"{name}{more} is not compiled in git, and the image has no gettext to run compilemessages."
    program = shutil.which("msgfmt")
    if program is None:
        return False, f"{name}{more} is not compiled in git. Install GNU gettext, then run the task again."
    for path in missing:
        if error := _compile_error(program, path, path.stat().st_mtime_ns):
            where = project.display_path(path)
            return False, f"{where} can't be compiled, so its translations stay unused: {error}"
    return True, ""


@lru_cache(maxsize=1024)
def _compile_error(program: str, path: Path, changed: int) -> str:
    """What msgfmt says about a file of translations that was changed at the time *changed*. Empty if it compiles."""
    argv = [program, "--check-format", "-o", "/dev/null", str(path)]
    done = process.run(argv, cwd=path.parent, env=process.bare_environment())
    return done.last_lines(1) if done.returncode else ""


# ---- front ends


def _front_ends(project: Project) -> list[Path]:
    """Folders of package.json files whose build makes static files that git does not hold."""
    listed = project.copy.files()
    packages = [path for path in sorted(listed) if path.name == "package.json" and _scripts(path).get("build")]
    found = list[Path]()
    for output in _outputs(project):
        held = output in listed or any(path.is_relative_to(output) for path in listed)
        if not held and (package := _package_for(output, packages)):
            found.append(package.parent)
    for app in {str(project.value("TAILWIND_APP_NAME") or "")} - {""}:
        place = project.root / app / "static_src" / "package.json"
        if place in packages and not any(path.is_relative_to(place.parents[1] / "static") for path in listed):
            found.append(place.parent)
    return list(dict.fromkeys(found))


def _outputs(project: Project) -> Iterable[Path]:
    """Folders and files of a front end's build that the settings name."""
    named = [entry[-1] if isinstance(entry, list) else entry for entry in project.value("STATICFILES_DIRS") or []]
    for loader in (project.value("WEBPACK_LOADER"), project.value("DJANGO_VITE")):
        for options in (loader or {}).values():
            if isinstance(options, Mapping):
                named += [options.get("STATS_FILE"), options.get("manifest_path")]
    named.append(project.value("DJANGO_VITE_ASSETS_PATH"))
    for entry in filter(None, named):
        path = Path(str(entry))
        own = project.own(path if path.is_absolute() else project.copy.at(project.root) / path)
        if own is not None:
            yield own


def _package_for(output: Path, packages: list[Path]) -> Path | None:
    """The package.json whose build makes *output*: one around it, one that names it, else the only one."""
    around = [path for path in packages if output.is_relative_to(path.parent)]
    if around:
        return max(around, key=lambda path: len(path.parts))
    for path in packages:
        texts = [files.text(path), *(files.text(each) for each in path.parent.glob("*.config.*s"))]
        if any(output.name in text for text in texts):
            return path
    return packages[0] if len(packages) == 1 else None


def _scripts(path: Path) -> Mapping[str, Any]:
    found = _package(path).get("scripts")
    return found if isinstance(found, Mapping) else {}


def _package(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(files.text(path))
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _node_build(folder: Path, uploaded: Path) -> list[str]:
    """The commands that install a front end's packages and build it, from the *uploaded* folder."""
    where = folder.relative_to(uploaded).as_posix() if folder.is_relative_to(uploaded) else "."
    needs = _package(folder / "package.json")
    installs = bool(needs.get("dependencies") or needs.get("devDependencies"))
    if (folder / "yarn.lock").is_file():
        program = "yarn" if where == "." else f"yarn --cwd {where}"
        install = "install --frozen-lockfile --production=false"
    elif (folder / "pnpm-lock.yaml").is_file():
        program = "pnpm" if where == "." else f"pnpm --dir {where}"
        install = "install --frozen-lockfile --prod=false"
    else:
        program = "npm" if where == "." else f"npm --prefix {where}"
        install = f"{'ci' if (folder / 'package-lock.json').is_file() else 'install'} --include=dev"
    return [*([f"{program} {install}"] if installs else []), f"{program} run build"]
