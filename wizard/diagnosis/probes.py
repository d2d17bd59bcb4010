"""The probes behind the hints of the troubleshooting guides: each confirms its hint or rules it out, by looking.

A probe answers (confirmed, what it saw); confirmed is None where nothing can be told from here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import files, yaml_file
from wizard.base.log_errors import errors_in, raised_in
from wizard.base.secrets import redact
from wizard.diagnosis import service_probes
from wizard.editing.syntax import parsed_bytes
from wizard.project import release_copy
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.site.session import Site
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DELIBERATE, TEST_RECORD, static_root_settings

if TYPE_CHECKING:
    from wizard.targets.local.rehearsal import Rehearsal

Observation = tuple[bool | None, str]
ON_PURPOSE = (DELIBERATE, TEST_RECORD, "/golive-raises/", "golive-broken-on-purpose", "broken on purpose, by task")
"""What the tasks raise and record themselves, to see where it ends."""
OURS = re.compile(rf"^Traceback.*\n(?:[ \t].*\n|\n)*\S.*(?:{'|'.join(map(re.escape, ON_PURPOSE))}).*$", re.MULTILINE)
"""A traceback of theirs."""
TAIL = 200_000
"""Bytes of a log's end that are searched."""


@dataclass(frozen=True)
class ProbeContext:
    """What a probe may look at."""

    project: Project
    sandbox: Sandbox
    told: str

    @property
    def rehearsed(self) -> Rehearsal | None:
        """The rehearsal's service, where one runs: more of it can be looked at than of the real one."""
        there = self.sandbox.active_target
        if there is None or there.real or not there.is_started("deployment"):
            return None
        from wizard.targets.local.rehearsal import Rehearsal

        return there if isinstance(there, Rehearsal) and there.deployment.running else None


def logs(around: ProbeContext) -> Observation:
    project, there = around.project, around.sandbox.active_target
    if (running := around.rehearsed) and (loop := _redirect_loop(running)):
        return True, loop
    if errors := _unexpected(there.log_error_lines() if there else []):
        return True, f"the deployment's log: {redact(errors[-1].strip())[:300]}"
    seen = []
    for path in (*sorted((project.root / "logs").glob("*.log")), project.work / "gunicorn.log"):
        if not path.is_file():
            continue
        seen.append(project.display_path(path) if path.is_relative_to(project.top) else path.name)
        content = files.tail(path, TAIL).decode("utf-8", "replace")
        if found := _unexpected(errors_in(OURS.sub("", content).splitlines())):
            return True, f"{seen[-1]}: {redact(found[-1].strip())[:300]}"
    if raised := _unexpected(raised_in(around.sandbox.new_log_text().splitlines())):
        return True, f"the project raised {redact(raised[-1])[:300]}"
    return (False, f"no error in {', '.join(seen)}") if seen else (None, "there is no log file yet")


def _unexpected(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip() and not any(each in line for each in ON_PURPOSE)]


def _redirect_loop(there: Rehearsal) -> str:
    """What a visitor over HTTPS sees when the project takes every request for plain HTTP; empty when it doesn't."""
    with Site(there.servers.edge.https_port, there.host, tls=there.servers.edge.client_context()) as site:
        answer = site.get("/golive-is-it-https/")
    where = answer.headers.get("location", "")
    if answer.status_code not in {301, 302} or where != f"https://{there.host}/golive-is-it-https/":
        return ""
    return (
        f"every request over HTTPS is answered {answer.status_code} to itself, an endless loop: the project does not "
        'know that the edge speaks HTTPS. Set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")'
    )


def variables(around: ProbeContext) -> Observation:
    project = around.project
    project.inspect_settings()
    missing = project.unset
    if missing:
        return (
            True,
            f"the settings insist on {', '.join(missing)}; {project.display_path(project.production_env)} has no value",
        )
    return False, "the settings load with the variables that are set"


def database(around: ProbeContext) -> Observation:
    project = around.project
    engine = str((project.value("DATABASES") or {}).get("default", {}).get("ENGINE", ""))
    if not engine or engine.endswith("dummy"):
        return True, "DATABASES has no default"
    there = around.sandbox.active_target
    environment = there.environment() if there and not there.real and there.is_started("database") else None
    answer = project.ask("connect", environment=environment)
    if error := AgentError.of(answer):
        return True, f"{engine}: {error.brief(250)}"
    place = f" at {answer['HOST']}:{answer['PORT']}".rstrip(":") if answer["HOST"] else ""
    return False, f"{engine.rsplit('.', 1)[-1]}{place} answers"


def procfile(around: ProbeContext) -> Observation:
    path = around.project.root / "Procfile"
    if not path.is_file():
        return None, "there is no Procfile yet: task 16 makes it"
    try:
        content = yaml_file.load(files.read(path) or b"")
    except yaml_file.InvalidYamlError as error:
        return True, f"Procfile:{error.line}: {error.problem}"
    if not isinstance(content, dict) or not isinstance(content.get("web"), str):
        return True, "Procfile has no `web: command` line"
    return False, f"web: {redact(content['web'])}"


def migrations(around: ProbeContext) -> Observation:
    if there := around.rehearsed:
        done = there.manage("migrate", "--check", "--noinput")
        if done.returncode:
            return True, f"the service's database lacks migrations: {done.last_lines(2)}"
        return False, "every migration ran on the service's database"
    around.sandbox.scratch.settings()
    if around.sandbox.scratch.note:
        return True, around.sandbox.scratch.note
    return False, "every migration applies to an empty database"


def allowed_hosts(around: ProbeContext) -> Observation:
    allowed = [str(host) for host in around.project.value("ALLOWED_HOSTS") or []]
    there = around.sandbox.active_target
    platform = around.project.platform
    wanted = (platform.health_host,) if there and there.real else (platform.public_host, platform.health_host)
    missing = [host for host in wanted if not _matches(host, allowed)]
    if missing:
        return True, f"ALLOWED_HOSTS is {allowed}: {' and '.join(missing)} would get 400"
    return False, f"{' and '.join(wanted)} are allowed"


def _matches(host: str, allowed: list[str]) -> bool:
    return any(
        each in {"*", host} or (each.startswith(".") and (host.endswith(each) or host == each[1:])) for each in allowed
    )


def collectstatic(around: ProbeContext) -> Observation:
    if there := around.rehearsed:
        folder = _deployed_static(around, there)
        if folder and not any(folder.glob("*")):
            return True, f"the deployment has no {folder.name}/: nothing collects the static files before it starts"
    trial = around.project.work / "trial-static"
    answer = around.sandbox.ask("collect", overrides=static_root_settings(trial), references=[])
    if error := AgentError.of(answer):
        return True, error.brief(250)
    return False, "a trial collectstatic passes"


def _deployed_static(around: ProbeContext, there: Rehearsal) -> Path | None:
    """STATIC_ROOT of the deployed copy, where it lies in the project."""
    root, copy = str(around.project.value("STATIC_ROOT") or ""), around.project.copy.folder.resolve()
    path = Path(root).resolve()
    return there.deployment.folder / path.relative_to(copy) if root and path.is_relative_to(copy) else None


def whitenoise(around: ProbeContext) -> Observation:
    middleware = [str(each) for each in around.project.value("MIDDLEWARE") or []]
    here = next((index for index, each in enumerate(middleware) if "whitenoise" in each.lower()), None)
    if here is None:
        return True, "WhiteNoiseMiddleware is not in MIDDLEWARE"
    before = [each.rsplit(".", 1)[-1] for each in middleware[:here]]
    wrong = [name for name in before if name not in {"SecurityMiddleware", "CorsMiddleware"}]
    if wrong:
        return True, f"WhiteNoiseMiddleware stands after {', '.join(wrong)}"
    return False, "WhiteNoiseMiddleware stands " + (f"after {', '.join(before)}" if before else "first")


def static_root(around: ProbeContext) -> Observation:
    root = around.project.value("STATIC_ROOT")
    if not root:
        return True, "STATIC_ROOT is not set"
    folders = [each[-1] if isinstance(each, list) else each for each in around.project.value("STATICFILES_DIRS") or []]
    if str(root).rstrip("/") in {str(each).rstrip("/") for each in folders}:
        return True, f"STATIC_ROOT {root} is also in STATICFILES_DIRS"
    return False, f"STATIC_ROOT is {Path(str(root)).name}/"


def browser_cache(around: ProbeContext) -> Observation:
    project = around.project
    storage = str((project.value("STORAGES") or {}).get("staticfiles", {}).get("BACKEND", ""))
    storage = storage or str(project.value("STATICFILES_STORAGE") or "")
    if "Manifest" in storage:
        return False, "file names carry a hash of their content, so no cache can hold an old one"
    return None, f"{storage.rsplit('.', 1)[-1] or 'the storage'} keeps names when contents change"


@dataclass(frozen=True)
class Limited:
    """A view with django-ratelimit's decorator, or with the project's own `limit`: its node and its place."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    decorators: tuple[str, ...]
    place: str
    in_class: bool


def _limited(project: Project) -> Iterator[Limited]:
    for path in release_copy.walk(project.root):
        if path.suffix != ".py" or b"limit(" not in (content := files.read(path) or b""):
            continue
        try:
            tree = parsed_bytes(content)
        except (SyntaxError, ValueError):
            continue
        methods = {id(each) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for each in node.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names = tuple(ast.unparse(each) for each in node.decorator_list)
                if any(re.match(r"(ratelimit|limit|method_decorator\((ratelimit|limit))\(", name) for name in names):
                    yield Limited(node, names, f"{project.display_path(path)}:{node.lineno}", id(node) in methods)


def decorator(around: ProbeContext) -> Observation:
    count = 0
    for view in _limited(around.project):
        count += 1
        index = next(i for i, name in enumerate(view.decorators) if "limit(" in name)
        direct = not view.decorators[index].startswith("method_decorator")
        if direct and (view.in_class or isinstance(view.node, ast.ClassDef)):
            return True, f"{view.place}: the decorator stands on a method or class without method_decorator"
        below = any(name.startswith("api_view") for name in view.decorators[:index])
        if (
            below
            and re.match(r"(\w+\.)*ratelimit\(", view.decorators[index])
            and "block=False" not in view.decorators[index]
        ):
            return True, f"{view.place}: the decorator stands below @api_view, where DRF makes a 403 of its refusal"
        by_user = "user" in view.decorators[index]
        if by_user and any(name.startswith("api_view") for name in view.decorators[index + 1 :]):
            return True, f"{view.place}: the decorator stands above @api_view, where it sees no user"
    return (False, f"{count} decorated views are in order") if count else (None, "no view is decorated")


def limited(around: ProbeContext) -> Observation:
    project, count = around.project, 0
    name = str(project.value("RATELIMIT_USE_CACHE") or "default")
    backend = str(((project.value("CACHES") or {}).get(name) or {}).get("BACKEND", "LocMemCache"))
    if backend.endswith(("LocMemCache", "DummyCache")) and any(True for _ in _limited(project)):
        return True, f"the count is kept in {backend.rsplit('.', 1)[-1]} (cache {name!r}): each worker counts by itself"
    for view in _limited(project):
        count += 1
        passing = any(
            name.startswith("ratelimit(") and "block=False" in name.replace(" ", "") for name in view.decorators
        )
        if passing and "limited" not in ast.unparse(view.node).replace("ratelimit", ""):
            return True, f"{view.place}: block=False, and the view never reads request.limited"
    return (False, f"{count} decorated views act on the count") if count else (None, "no view is decorated")


def client_address(around: ProbeContext) -> Observation:
    project = around.project
    header = project.value("RATELIMIT_IP_META_KEY")
    if header and "FORWARDED_FOR" in str(header):
        return True, f"RATELIMIT_IP_META_KEY is {header}: a client that varies it is never limited"
    for view in _limited(project):
        if not header and any(re.search(r"key=['\"]ip['\"]", name) for name in view.decorators):
            return True, f"{view.place}: key='ip' counts all clients behind the proxy as one"
    return False, "clients are told apart by the address the proxy gives"


PROBES: dict[str, Callable[[ProbeContext], Observation]] = {
    probe.__name__: probe
    for probe in (
        logs, variables, database, procfile, migrations, allowed_hosts, collectstatic, whitenoise, static_root,
        browser_cache, decorator, limited, client_address, service_probes.railway_cli, service_probes.login,
        service_probes.name, service_probes.patience, service_probes.connection, service_probes.platform_database,
    )
}  # fmt: skip
