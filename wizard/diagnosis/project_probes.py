"""Probes of the project's settings, database and Procfile."""

from __future__ import annotations

import re

from wizard.base import files, yaml_file
from wizard.base.secrets import redact
from wizard.diagnosis.probe import ERROR_PAGE, ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project.agent_answer import AgentError
from wizard.project.start_sources import Kind, find
from wizard.targets.base import Target

FROM_URL = ("DATABASE_URL", "dj_database_url", "env.db")
"""What settings contain that take the database from the address that the platform gives."""
NOT_FOUND = re.compile(r"([\w.-]+): (?:command )?not found$")
"""What a shell prints about a program that does not exist."""
FAILED_MIGRATION = re.compile(r"migrations: (?!ok\b)([^;]+)")
"""What the evidence of task 13 says about migrations that failed."""


@probe
def variables(context: ProbeContext) -> ProbeResult | None:
    project = context.project
    project.inspect_settings()
    if project.unset and context.rehearsal:
        return None  # the service runs, with placeholders for them
    if project.unset:
        place = project.display_path(project.production_env)
        return confirmed(f"the settings require {', '.join(project.unset)}, which {place} does not set")
    return ruled_out("the settings load with the variables that are set")


@probe
def database(context: ProbeContext) -> ProbeResult | None:
    if ERROR_PAGE.search(context.error):
        return None
    project = context.project
    target = context.sandbox.active_target
    engine = str((project.value("DATABASES") or {}).get("default", {}).get("ENGINE", ""))
    is_missing = not engine or engine.endswith("dummy")
    if is_missing and not any(map(project.settings.mentions, FROM_URL)):
        return confirmed("DATABASES has no default")
    if target is None or not (target.real or target.is_started("database")):
        return None  # production has no database yet, and another one would prove nothing
    if target.real:
        return _connection_status(target)
    environment = target.environment()
    answer = project.ask("connect", environment=environment)
    if error := AgentError.of(answer):
        return confirmed(f"{engine}: {error.brief(250)}")
    if not answer["ENGINE"] or str(answer["ENGINE"]).endswith("dummy"):
        return confirmed("DATABASES has no default, although DATABASE_URL is set")
    used, scheme = str(answer["ENGINE"]), environment.get("DATABASE_URL", "").partition(":")[0]
    if used.endswith("sqlite3") and scheme.startswith("postgres"):
        return confirmed("the settings use sqlite3 in production, and not the PostgreSQL of DATABASE_URL")
    address = f" at {answer['HOST']}:{answer['PORT']}".rstrip(":") if answer["HOST"] else ""
    return ruled_out(f"{used.rsplit('.', 1)[-1]}{address} accepts connections")


def _connection_status(target: Target) -> ProbeResult | None:
    """Whether the service of a real platform reaches its database; None if that can't be observed."""
    seen = target.connection_status()
    if seen is None or seen.holds is None or seen.showed.startswith("502"):
        return None  # 502: no site answered, which says nothing about its database
    return ProbeResult(not seen.holds, f"{seen.ran}: {seen.showed}")


@probe
def procfile(context: ProbeContext) -> ProbeResult | None:
    source = find(context.project.root, context.project.top)
    if missing := NOT_FOUND.search(context.cause.error if context.cause else ""):
        if re.search(rf"(?<![\w-]){re.escape(missing[1])}(?![\w-])", source.command):
            return confirmed(f"{source.path.name} runs {missing[1]}, which is not installed")
        return None
    if source.kind is not Kind.PROCFILE:
        return None  # the platform does not read it
    path = source.path
    if not path.is_file():
        return not_checked("there is no Procfile yet: task 16 creates it")
    try:
        content = yaml_file.load(files.read(path) or b"")
    except yaml_file.InvalidYamlError as error:
        return confirmed(f"Procfile:{error.line}: {error.problem}")
    if not isinstance(content, dict) or not isinstance(content.get("web"), str):
        return confirmed("Procfile has no `web: command` line")
    return ruled_out(f"web: {redact(content['web'])}")


@probe
def migrations(context: ProbeContext) -> ProbeResult | None:
    if failed := FAILED_MIGRATION.search(context.error):
        return confirmed(f"the migrations failed: {redact(failed[1])}")
    if ERROR_PAGE.search(context.error):
        return None
    if missing := context.sandbox.scratch.unmigrated:
        labels = " ".join(app.label for app in missing)
        return confirmed(f"there are no migrations for the models of {labels}: run `manage.py makemigrations {labels}`")
    if rehearsal := context.rehearsal:
        done = rehearsal.manage("migrate", "--check", "--noinput")
        if done.returncode:
            return confirmed(f"the service's database lacks migrations: {done.last_lines(2)}")
        return ruled_out("every migration ran on the service's database")
    context.sandbox.scratch.settings()
    if context.sandbox.scratch.note:
        return confirmed(context.sandbox.scratch.note)
    return None  # they run on a database of this machine, which says nothing about production's


@probe
def allowed_hosts(context: ProbeContext) -> ProbeResult | None:
    if ERROR_PAGE.search(context.error):
        return None
    allowed = [str(host) for host in context.project.value("ALLOWED_HOSTS") or []]
    target, platform = context.sandbox.active_target, context.project.platform
    required = (platform.health_host,) if target and target.real else (platform.public_host, platform.health_host)
    missing = [host for host in required if not _matches(host, allowed)]
    if missing:
        return confirmed(f"ALLOWED_HOSTS is {allowed}: requests to {' and '.join(missing)} would get a 400")
    return ruled_out(f"{' and '.join(required)} are allowed")


def _matches(host: str, allowed: list[str]) -> bool:
    return any(
        pattern in {"*", host} or (pattern.startswith(".") and (host.endswith(pattern) or host == pattern[1:]))
        for pattern in allowed
    )
