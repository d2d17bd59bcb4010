"""Task 1, Rotate Secrets: a new SECRET_KEY in .env.production, hard-coded secrets out of the code, .env out of git.

The old key is not kept: it stood in the code, and whoever is logged in logs in again.
Source: Django's documentation of SECRET_KEY and SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from steps.shared import git_history_secrets, settings_block
from steps.shared.env_files import add_to_gitignore, install_env_loader, is_ignored, keep_development_working
from steps.shared.setting_variables import secret_key_values, secret_key_variable
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.editing.source import Source
from wizard.plan.actions import ApplyPasswordSql, Finding, GenerateSecrets, Plan, UntrackFiles
from wizard.plan.draft import Draft
from wizard.project import env_readers
from wizard.project.database import SUPERUSER, accepts, sql_for, superuser_given
from wizard.project.project import Project
from wizard.project.secret_literals import Literal, in_settings
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

KEY_LENGTH = 64


class RotateSecrets(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = []
        for each in in_settings(project.settings):
            history = self._history(project, each)
            text = f"{each.name} is written in the code" + (
                f" and in git history ({', '.join(history)}): {git_history_secrets.explain_revocation(each.name)}"
                if history
                else ""
            )
            found.append(Finding(text, each.source.path, each.node.lineno, warning=True))
        found += git_history_secrets.find_in_env_files(project)
        return found or [Finding("no secret stands in the settings")]

    def _history(self, project: Project, each: Literal) -> list[str]:
        return (
            project.git.commits_with(each.value, [each.source.path, *(s.path for s in project.settings.sources)])
            if project.git
            else []
        )

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        written = in_settings(project.settings)
        moved = {each.variable: each.value for each in written}
        if moved:
            keep_development_working(project, draft, moved, {each.source.path for each in written})
        library = project.settings.environment
        for each in written:
            source = draft.source(each.source.path, "secrets from the environment")
            reader = project.settings.reader(each.source, each.node)
            default = None if _signs(each) else ""
            if each.field:
                # A field without a default is one that must be given.
                start = source.span(each.field.annotation)[1]
                source.splice(start, source.span(each.node)[1], "" if default is None else ' = ""')
                continue
            source.replace(each.node, reader.text(each.variable, default))
            if reader.needs_import:
                source.add_import(reader.needs_import)
        key, old = secret_key_variable(project), self._private_key(project)
        place = project.settings.definition("SECRET_KEY")
        if old and place and not project.settings.binds("SECRET_KEY_FALLBACKS"):
            reader = project.settings.reader(place.source, place.value)
            if reader.kind == "values":  # a list made of one can't be
                reader = env_readers.EnvLibrary("os", "os", library.loads)
            if reader.needs_import:
                draft.source(place.path).add_import(reader.needs_import)
            read = reader.text(f"{key}_OLD", "")
            draft.source(place.path).insert_after(
                place.node,
                f"# Sessions signed with the old key stay valid; drop it once they have "
                f"expired.\nSECRET_KEY_FALLBACKS = list(filter(None, [{read}]))",
            )
        if not _key_from_environment(project) and not _key_in_use(project):
            source = draft.source(project.settings.main, "secrets from the environment")
            # A computed key (from a file, a vault) stays the one of this machine.
            computed = settings_block.previous_value(project, "SECRET_KEY", '""')
            read = f"{library.text(key, '')} or {computed}" if computed else library.text(key, None)
            source.append(f"\nSECRET_KEY = {read}\n")
            if library.needs_import:
                source.add_import(library.needs_import)
        for path in (project.production_env, project.development_env):
            add_to_gitignore(project, draft, path, path.name)
        names = [(key, KEY_LENGTH)]
        if password := self._password(project):
            names.append((password[0], 32))
        signing = {each.variable for each in written if _signs(each)}
        names += [(name, KEY_LENGTH) for name in sorted(signing - {key})]
        production = project.env_values(project.production_env)
        missing = tuple(pair for pair in names if not production.get(pair[0]))
        generate = (
            GenerateSecrets(
                project.production_env,
                files.read(project.production_env),
                missing,
                "for production only",
                ((f"{key}_OLD", old.value),) if old else (),
            )
            if missing
            else None
        )
        sql = None
        if password and superuser_given() and missing:
            sql = ApplyPasswordSql(password[1], project.production_env, password[0])
        tracked = tuple(sorted(self._tracked(project)))
        loader = install_env_loader(project) if moved else []
        return Plan.of(
            *loader,
            generate,
            *draft.actions(),
            UntrackFiles(tracked) if tracked else None,
            sql,
            remarks=self._remarks(project),
        )

    def _private_key(self, project: Project) -> Literal | None:
        """The old key, where Django can keep it for the sessions it signed, and nobody else ever saw it."""
        if project.django < (4, 1) or not project.settings.definition("SECRET_KEY"):
            return None
        return next(
            (
                each
                for each in in_settings(project.settings)
                if each.name == "SECRET_KEY" and each.value and not self._history(project, each)
            ),
            None,
        )

    def _remarks(self, project: Project) -> tuple[str, ...]:
        remarks = []
        for each in in_settings(project.settings):
            if each.name == "SECRET_KEY" and self._history(project, each):
                remarks.append(
                    "The old SECRET_KEY stands in git, so it is not kept as a fall-back: sessions end, people "
                    "log in again."
                )
        if self._private_key(project):
            remarks.append("The old SECRET_KEY was never in git, so it is kept as a fall-back: nobody is logged out.")
        return tuple(remarks)

    def _password(self, project: Project) -> tuple[str, str] | None:
        """The variable and the role of the production database's password, if the settings have one."""
        for _, name, _, _ in project.settings.reads():
            if "PASS" in name and name.startswith(("DB_", "DATABASE_", "POSTGRES", "PG")):
                default = (project.value("DATABASES") or {}).get("default") or {}
                return name, str(default.get("USER") or "postgres")
        return None

    def _tracked(self, project: Project) -> set[Path]:
        if not project.git:
            return set()
        return {
            path
            for path in project.git.tracked("*.env", "*.env.*", ".env", ".env.*")
            if path.name.startswith(".env") and not path.name.endswith((".example", ".sample", ".template", ".dist"))
        }

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        key, values = secret_key_variable(project), project.env_values(project.production_env)
        new, written = values.get(key, ""), in_settings(project.settings)
        used = _key_in_use(project) and len(new) >= 50
        told = (
            f"{len(new)} characters, used by the settings{project.set_by('SECRET_KEY')}"
            if used
            else "not what the settings use under production's environment"
        )
        yield shown(
            "1.1",
            used and not any(each.name == "SECRET_KEY" for each in written),
            "settings",
            f"{key} in {project.production_env.name}",
            told,
        )
        mode = project.production_env.stat().st_mode & 0o777 if project.production_env.exists() else 0
        kept = is_ignored(project, project.production_env) and project.production_env not in self._tracked(project)
        yield shown(
            "1.2",
            kept and mode == 0o600,
            "git",
            project.production_env.name,
            f"mode {mode:o}, {'ignored' if kept else 'not ignored'} by git",
        )
        yield self._razorpay(project, values)
        yield self._database(project, sandbox, values)
        loose = [
            path.name for path in (project.production_env, project.development_env) if not is_ignored(project, path)
        ]
        tracked = [path.name for path in self._tracked(project)]
        told = "ignored and untracked" if not loose and not tracked else f"not ignored: {loose}, tracked: {tracked}"
        yield shown("1.5", not loose and not tracked, "git", ".env files", told)

    def _razorpay(self, project: Project, production: dict[str, str]) -> Evidence:
        if not project.settings.mentions("RAZORPAY"):
            return not_applicable("1.3", "the settings were searched for Razorpay", "the project doesn't use it")
        local = project.env_values(project.development_env)
        keys = {
            name: value
            for name, value in {**production, **local}.items()
            if name.endswith("KEY_ID") and "RAZORPAY" in name
        }
        written = [value for source in project.settings.sources for value in _razorpay_literals(source)]
        live = [value for value in [*keys.values(), *written] if value.startswith("rzp_live_")]
        return shown(
            "1.3",
            not live,
            "settings",
            "Razorpay keys in the settings and .env files",
            "none is a live key" if not live else f"{len(live)} live key here: use rzp_test_ keys off production",
        )

    def _database(self, project: Project, sandbox: Sandbox, production: dict[str, str]) -> Evidence:
        found = self._password(project)
        if not found:
            return not_applicable(
                "1.4",
                "the settings were searched for a database password",
                "there is none; the platform gives DATABASE_URL",
            )
        name, role = found
        if not production.get(name):
            return waiting("1.4", name, "no password was generated")
        engine = str(((project.value("DATABASES") or {}).get("default") or {}).get("ENGINE", ""))
        if "mysql" in engine:  # production gets a PostgreSQL, whose password the platform makes
            told = f"change it at the server if that is still used: ALTER USER '{role}'@… IDENTIFIED BY …"
            return waiting("1.4", f"{engine} is not what production gets", told)
        if superuser_given():
            works = accepts(role, production[name])
            told = "the server lets it in" if works else "the server does not let it in"
            return shown("1.4", works, "command", f"psql as {role} with the new password", told)
        todo = f"apply it: {sql_for(role)}, or run again with {SUPERUSER} set"
        server = sandbox.target.database.server
        if server is None:
            return waiting("1.4", f"{name} is generated in {project.production_env.name}", todo)
        server.make_role(role, production[name])
        works = server.lets_in(role, production[name]) and not server.lets_in(role, "the old password")
        told = f"a server of this machine lets {role} in with it, and not without; at the real one {todo}"
        return sandbox.evidence("1.4", works, "command", f"{name} as the role's password", told)


def _signs(each: Literal) -> bool:
    """Whether it is a key of ours, made anew for production: the site must not start without it."""
    return bool(git_history_secrets.OURS.search(each.name) or git_history_secrets.OURS.search(each.variable))


def _razorpay_literals(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("rzp_"):
            yield node.value


def _key_in_use(project: Project) -> bool:
    """Whether the settings have production's key under production's environment, however they come by it."""
    new = project.env_values(project.production_env).get(secret_key_variable(project))
    mark = hashlib.sha256(new.encode()).hexdigest()[:8] if new else ""
    return bool(new) and project.value("SECRET_KEY") == {"length": len(new or ""), "fingerprint": mark}


def _key_from_environment(project: Project) -> bool:
    """Whether the settings read their key from the environment, or will once the literal ones are moved there."""
    moved = any(each.name == "SECRET_KEY" for each in in_settings(project.settings))
    read = any(True for value in secret_key_values(project) for _ in env_readers.reads(value))
    return moved or read or bool(project.settings.variables("SECRET_KEY"))


STEP = RotateSecrets
