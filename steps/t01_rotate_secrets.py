"""Task 1, Rotate Secrets: move hard-coded secrets to the environment and generate new values for production.

The old SECRET_KEY becomes a fallback only if it was never committed. Otherwise everyone has to log in again.
Source: Django, SECRET_KEY and SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import (
    git_history_secrets,
    leaked_secrets,
    secret_copies,
    secret_evidence,
    settings_block,
    settings_names,
)
from steps.shared.env_files import (
    add_to_gitignore,
    install_env_loader,
    keep_development_working,
    missing_import_path,
    write_import_path,
)
from steps.shared.optional_reads import OptionalReads
from steps.shared.problem import evidence
from steps.shared.setting_variables import secret_key_values, secret_key_variable
from wizard.base import files
from wizard.base.secrets import WELL_KNOWN
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.plan.actions import ApplyPasswordSql, Finding, GenerateSecrets, Plan, UntrackFiles
from wizard.plan.draft import Draft
from wizard.project import env_readers
from wizard.project.database import SUPERUSER, accepts, sql_for, superuser_given
from wizard.project.project import Project
from wizard.project.secret_literals import Literal, in_settings
from wizard.project.served_settings import env_place
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

KEY_LENGTH = 64
PASSWORD_LENGTH = 32


class RotateSecrets(Step):
    def inspect(self, project: Project) -> list[Finding]:
        findings = []
        for literal in in_settings(project.settings):
            text = f"{literal.name} is written in the code"
            if commits := _commits_with(project, literal):
                advice = git_history_secrets.explain_revocation(literal.name)
                text += f" and in the git history ({', '.join(commits)}): {advice}"
            findings.append(Finding(text, literal.source.path, literal.node.lineno, warning=True))
        copies = secret_copies.find_copies(project, in_settings(project.settings))
        findings += secret_copies.findings(project, copies)
        findings += leaked_secrets.findings(project)
        findings += git_history_secrets.find_in_env_files(project)
        return findings or [Finding("the settings contain no secrets")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, literals = Draft(), in_settings(project.settings)
        settings_names.correct_names(project, draft)
        replaced = OptionalReads(project, draft, secret_key_variable(project)).make()
        moved = {literal.variable: literal.value for literal in literals}
        if moved:
            keep_development_working(project, draft, moved, {literal.source.path for literal in literals})
        for literal in literals:
            self._read_from_environment(project, draft, literal)
        key, old_key = secret_key_variable(project), _unpublished_key(project)
        if old_key:
            self._add_fallback(project, draft, key)
        if (
            "SECRET_KEY" not in replaced
            and not _key_from_environment(project)
            and not secret_evidence.key_in_use(project, project.value("SECRET_KEY"))
        ):
            self._append_key(project, draft, key)
        for path in (project.production_env, project.development_env):
            add_to_gitignore(project, draft, path, path.name)
        password = _database_password(project)
        generate = self._generate(project, literals, old_key, password)
        if generate is None:
            write_import_path(project, draft)
        sql = None
        if password and superuser_given() and generate:
            sql = ApplyPasswordSql(password[1], project.production_env, password[0])
        compiled = secret_copies.remove(project, draft, secret_copies.find_copies(project, literals))
        tracked = (*sorted(git_history_secrets.tracked_env_files(project)), *compiled)
        return Plan.of(
            *(install_env_loader(project) if moved else []),
            generate,
            *draft.actions(),
            UntrackFiles(tracked) if tracked else None,
            sql,
            remarks=self._remarks(project),
        )

    def _read_from_environment(self, project: Project, draft: Draft, literal: Literal) -> None:
        """Replace *literal* with a read of its environment variable, without a default if it is a signing key."""
        source = draft.source(literal.source.path, "read secrets from the environment")
        reader = project.settings.reader(literal.source, literal.node)
        default = None if _is_signing_key(literal) else ""
        if literal.field:
            # A pydantic field without a default is required.
            start = source.span(literal.field.annotation)[1]
            source.splice(start, source.span(literal.node)[1], "" if default is None else ' = ""')
            return
        source.replace(literal.node, reader.text(literal.variable, default))
        if reader.needs_import:
            source.add_import(reader.needs_import)

    def _add_fallback(self, project: Project, draft: Draft, key: str) -> None:
        """Add SECRET_KEY_FALLBACKS with the old key below SECRET_KEY, unless the project sets it already."""
        found = project.settings.definition("SECRET_KEY")
        if found is None or project.settings.binds("SECRET_KEY_FALLBACKS"):
            return
        reader = project.settings.reader(found.source, found.value)
        if reader.kind == "values":  # django-configurations evaluates its values later, so they cannot be in a list
            reader = env_readers.EnvLibrary("os", "os", project.settings.environment.loads)
        source = draft.source(found.path)
        if reader.needs_import:
            source.add_import(reader.needs_import)
        read = reader.text(f"{key}_OLD", "")
        source.insert_after(
            found.node,
            "# Keeps sessions signed with the old key valid. Remove it once they have expired.\n"
            f"SECRET_KEY_FALLBACKS = list(filter(None, [{read}]))",
        )

    def _append_key(self, project: Project, draft: Draft, key: str) -> None:
        """Append a SECRET_KEY that is read from *key*. A computed key (from a file or a vault) stays as the default."""
        library = project.settings.environment
        source = draft.source(project.settings.main, "read secrets from the environment")
        computed = settings_block.previous_value(project, "SECRET_KEY", '""')
        read = f"{library.text(key, '')} or {computed}" if computed else library.text(key, None)
        source.append(f"\nSECRET_KEY = {read}\n")
        if library.needs_import:
            source.add_import(library.needs_import)

    def _generate(
        self, project: Project, literals: list[Literal], old_key: Literal | None, password: tuple[str, str] | None
    ) -> GenerateSecrets | None:
        """Return the action that generates the secrets that .env.production does not have yet."""
        key = secret_key_variable(project)
        names = [(key, KEY_LENGTH)]
        if password:
            names.append((password[0], PASSWORD_LENGTH))
        signing = {literal.variable for literal in literals if _is_signing_key(literal)}
        signing |= {name for name in project.unset if git_history_secrets.OURS.search(name)}
        names += [(name, KEY_LENGTH) for name in sorted(signing - {key})]
        present = project.env_values(project.production_env)
        missing = tuple((name, length) for name, length in names if not present.get(name))
        if not missing:
            return None
        kept = (*([(f"{key}_OLD", old_key.value)] if old_key else ()), *missing_import_path(project))
        before = files.read(project.production_env)
        return GenerateSecrets(project.production_env, before, missing, "for production only", kept)

    def _remarks(self, project: Project) -> tuple[str, ...]:
        remarks = []
        for literal in in_settings(project.settings):
            if literal.name == "SECRET_KEY" and _commits_with(project, literal):
                remarks.append(
                    "The old SECRET_KEY is in the git history, so it won't be kept as a fallback. Everyone will have "
                    "to log in again."
                )
        if _unpublished_key(project):
            remarks.append("The old SECRET_KEY was never in git, so it is kept as a fallback. Nobody is logged out.")
        return tuple(remarks)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        production = project.env_values(project.production_env)
        yield secret_evidence.of_key(project)
        yield secret_evidence.of_production_file(project)
        yield self._razorpay(project)
        yield self._database(project, sandbox, production)
        yield secret_evidence.of_env_files(project)

    def _razorpay(self, project: Project) -> Evidence:
        if not project.settings.mentions("RAZORPAY"):
            return not_applicable("1.3", "the settings, searched for Razorpay", "the project does not use it")
        ran = "Razorpay keys in the settings and .env files"
        return evidence("1.3", "settings", ran, secret_evidence.live_keys(project), "no live keys")

    def _database(self, project: Project, sandbox: Sandbox, production: dict[str, str]) -> Evidence:
        found = _database_password(project)
        if not found:
            return not_applicable(
                "1.4",
                "the settings, searched for a database password",
                "they read none; the platform provides DATABASE_URL",
            )
        name, role = found
        if not production.get(name):
            return waiting("1.4", name, f"{project.production_env.name} has no new password yet")
        engine = str(((project.value("DATABASES") or {}).get("default") or {}).get("ENGINE", ""))
        if problem := _old_password(project, name, production[name]):
            return shown(
                "1.4",
                False,
                "file",
                f"{name} in .env.production",
                problem,
                expected="a new password",
                where=env_place(project, name),
            )
        if "mysql" in engine:  # production gets PostgreSQL, whose password the platform creates
            todo = f"if you still use the MySQL server, run on it: ALTER USER '{role}'@… IDENTIFIED BY …"
            return waiting("1.4", f"production does not use {engine}", todo)
        if superuser_given():
            works = accepts(role, production[name])
            showed = "the server accepted it" if works else "the server refused it"
            return shown("1.4", works, "command", f"psql as {role} with the new password", showed)
        todo = f"run `{sql_for(role)}`, or set {SUPERUSER} and run this task again"
        server = sandbox.target.database.server
        if server is None:
            return waiting("1.4", f"{name} in {project.production_env.name}", f"generated, not applied: {todo}")
        server.make_role(role, production[name])
        works = server.accepts_login(role, production[name]) and not server.accepts_login(role, "the old password")
        showed = f"a local server accepts it for {role} and refuses another password"
        if not works:
            showed = f"a local server does not accept exactly this password for {role}"
        return sandbox.evidence(
            "1.4", works, "command", f"{name} as the role's password", f"{showed}. For your own server, {todo}"
        )


def _commits_with(project: Project, literal: Literal) -> list[str]:
    """Return the commits that contain the value of *literal* in one of the settings files."""
    if not project.git:
        return []
    paths = [literal.source.path, *(source.path for source in project.settings.sources)]
    return project.git.commits_with(literal.value, paths)


def _unpublished_key(project: Project) -> Literal | None:
    """Return the old SECRET_KEY if it was never committed and this Django supports fallbacks (4.1)."""
    if project.django < (4, 1) or not project.settings.definition("SECRET_KEY"):
        return None
    keys = (literal for literal in in_settings(project.settings) if literal.name == "SECRET_KEY" and literal.value)
    return next((key for key in keys if not _commits_with(project, key)), None)


def _database_password(project: Project) -> tuple[str, str] | None:
    """Return the variable and the role of the database password, if the settings read one."""
    for _, name, _, _ in project.settings.reads():
        if "PASS" in name and name.startswith(("DB_", "DATABASE_", "POSTGRES", "PG")):
            default = (project.value("DATABASES") or {}).get("default") or {}
            return name, str(default.get("USER") or "postgres")
    return None


def _old_password(project: Project, name: str, password: str) -> str:
    """Describe why the database *password* of production is no new one; empty if it is."""
    if password in WELL_KNOWN:
        return f"{name} in {project.production_env.name} is a well-known password"
    same = project.env_values(project.development_env).get(name) == password
    return f"{name} is the same in {project.development_env.name} and {project.production_env.name}" if same else ""


def _is_signing_key(literal: Literal) -> bool:
    """Whether *literal* is one of the site's own keys. The site must not start without it."""
    own = git_history_secrets.OURS
    return bool(own.search(literal.name) or own.search(literal.variable))


def _key_from_environment(project: Project) -> bool:
    """Whether the settings read SECRET_KEY from the environment, or will after this plan."""
    moved = any(literal.name == "SECRET_KEY" for literal in in_settings(project.settings))
    read = any(True for value in secret_key_values(project) for _ in env_readers.reads(value))
    return moved or read or bool(project.settings.variables("SECRET_KEY"))


STEP = RotateSecrets
