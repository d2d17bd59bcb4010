"""Evidence about secrets: the production key, the .env files, and what else is written in files that git publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steps.shared import leaked_secrets
from steps.shared.env_files import is_ignored
from steps.shared.git_history_secrets import ENV_FILES, tracked_env_files
from steps.shared.leaked_secrets import Leak
from steps.shared.problem import Problem, evidence
from steps.shared.setting_variables import secret_key_variable
from wizard.base.secrets import fingerprint, is_secret_name
from wizard.checklist.evidence import Evidence, shown, waiting
from wizard.project.project import Project
from wizard.project.served_settings import env_place

SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5
"""Django warns about a shorter SECRET_KEY, and about one with fewer different characters (security.W009)."""
INSECURE = "django-insecure-"
"""The beginning of the key that `startproject` makes."""


NEW_KEY = "a new random key that only production has"


def key_in_use(project: Project, setting: object) -> bool:
    """Whether *setting*, which is SECRET_KEY as the agent answers it, has the value of .env.production."""
    key = project.env_values(project.production_env).get(secret_key_variable(project), "")
    return bool(key) and setting == {"length": len(key), "fingerprint": fingerprint(key)}


def of_key(project: Project) -> Evidence:
    """Evidence for 1.1: the key is new, strong, used, and like all other secrets written in no file."""
    name = secret_key_variable(project)
    leaks = leaked_secrets.find(project)
    published = [leak for leak in leaks if leak.known or leak.in_settings]
    ran = f"{name} in {project.production_env.name}"
    problems = list(_key_problems(project, name))
    named = {problem.where for problem in problems}
    problems += [problem for leak in published if (problem := _written(project, leak)).where not in named]
    if leaks and not problems:
        why = "; ".join(leak.describe(project) for leak in leaks[:4])
        return waiting(
            "1.1", "the files to deploy, searched for secrets", f"{why}. Remove it, and revoke it if it is in use"
        )
    length = len(project.env_values(project.production_env).get(name, ""))
    good = f"{length} characters, used by the settings{project.set_by('SECRET_KEY')}"
    return evidence("1.1", "settings", ran, problems, good)


def _written(project: Project, leak: Leak) -> Problem:
    expected = "no secret in files that git tracks" if leak.known else "no secret in the settings"
    return Problem(leak.describe(project), expected, leak.place(project))


def _key_problems(project: Project, name: str) -> Iterator[Problem]:
    path = project.production_env
    value = project.env_values(path).get(name, "")
    place = env_place(project, name, path)
    if not value:
        yield Problem(f"{name} has no value in {path.name}", NEW_KEY, project.display_path(path))
        return
    if weakness := _weakness(value):
        expected = f"at least {SHORTEST_KEY} random characters"
        yield Problem(f"{name} {weakness}", expected, place)
    if not key_in_use(project, project.value("SECRET_KEY")):
        found = "the settings do not use this value in the production environment"
        yield Problem(found, f"SECRET_KEY with the value of {name}", project.origin("SECRET_KEY"))
    here = project.development_env
    if here != path and project.env_values(here).get(name) == value:
        yield Problem(f"{name} is the same in {here.name} and {path.name}", NEW_KEY, env_place(project, name, here))
    paths: tuple[Path | str, ...] = (ENV_FILES, *(source.path for source in project.settings.sources))
    history = project.git.history(paths) if project.git else []
    if commits := [commit for commit, patch in history if value in patch][:3]:
        yield Problem(f"the value of {name} is in the git history ({', '.join(commits)})", NEW_KEY, place)
    yield from _default(project, name)


def _default(project: Project, name: str) -> Iterator[Problem]:
    """The default in the code with which the site would run without the variable."""
    for source, variable, node, default in project.settings.reads():
        written = getattr(default, "value", None)
        if variable == name and isinstance(written, str) and written:
            place = f"{project.display_path(source.path)}:{node.lineno}"
            yield Problem(
                "SECRET_KEY has a default in the code", "no default: the site must not start without a key", place
            )


def _weakness(value: str) -> str:
    if value.startswith(INSECURE):
        return f"begins with {INSECURE}"
    if len(value) < SHORTEST_KEY:
        return f"has {len(value)} characters"
    different = len(set(value))
    return f"has only {different} different characters" if different < FEWEST_CHARACTERS else ""


def of_production_file(project: Project) -> Evidence:
    """Evidence for 1.2: .env.production has the key, is private, and was never committed."""
    path, name = project.production_env, secret_key_variable(project)
    if not path.exists():
        place = project.display_path(path)
        return shown("1.2", False, "file", path.name, f"{path.name} is missing", where=place)
    mode = path.stat().st_mode & 0o777
    is_tracked, has_key = path in tracked_env_files(project), bool(project.env_values(path).get(name))
    ignored = is_ignored(project, path)
    is_private = ignored and not is_tracked and mode == 0o600
    commits = _commits_of(project, path)
    showed = f"mode {mode:o}, {'ignored' if ignored else 'not ignored'} by git"
    showed += ", and tracked" if is_tracked else ""
    showed += "" if has_key else f", without {name}"
    showed += f", and its secrets are in the git history ({', '.join(commits)})" if commits else ""
    expected = f"mode 600, ignored by git, never committed, with {name}"
    return shown(
        "1.2", is_private and has_key and not commits, "git", path.name, showed,
        expected=expected, where=project.display_path(path),
    )  # fmt: skip


def _commits_of(project: Project, path: Path) -> list[str]:
    """Commits of *path* in which a secret has the value that it has now."""
    if not project.git:
        return []
    values = [value for name, value in project.env_values(path).items() if is_secret_name(name) and len(value) > 5]
    history = project.git.history((path,))
    return [commit for commit, patch in history if any(value in patch for value in values)][:3]


def of_env_files(project: Project) -> Evidence:
    """Evidence for 1.5: git ignores the .env files, and tracks none."""
    paths = (project.production_env, project.development_env)
    not_ignored = [project.display_path(path) for path in paths if not is_ignored(project, path)]
    tracked = sorted(project.display_path(path) for path in tracked_env_files(project, with_secrets=True))
    if not not_ignored and not tracked:
        return shown("1.5", True, "git", ".env files", "ignored and untracked")
    showed = f"not ignored: {', '.join(not_ignored) or 'none'}; tracked: {', '.join(tracked) or 'none'}"
    where = tracked[0] if tracked else ".gitignore"
    return shown("1.5", False, "git", ".env files", showed, expected="ignored and untracked", where=where)


def live_keys(project: Project) -> list[Problem]:
    """Live Razorpay keys outside of production: in the .env file of this machine, and in files that git publishes."""
    found = []
    here = project.development_env
    for name, value in project.env_values(here).items():
        if value.startswith(LIVE):
            place = env_place(project, name, here)
            found.append(Problem(f"{name} is a live key in {place}", EXPECTED_TEST, place))
    for path, line in leaked_secrets.lines_with(project, LIVE):
        place = f"{project.display_path(path)}:{line}"
        found.append(Problem(f"a live key is written in {place}", EXPECTED_TEST, place))
    return found


LIVE = "rzp_live_"
EXPECTED_TEST = "rzp_test_ keys outside production"
