"""What uses up the error service's quota: scanners with foreign host names, bots, and health checks.

Each event and each traced request counts. Source: sentry-sdk 2.75 and Sentry's documentation of quotas.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from steps.shared import sentry_init
from steps.shared.call_arguments import change_arguments
from steps.shared.connection_load import HEALTH
from wizard.base.errors import ServiceError, SiteError
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.targets.base import Target
from wizard.targets.local.error_collector import ErrorCollector
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DELIBERATE, FOREIGN

BOTS = ("/wp-login.php", "/.env", "/xmlrpc.php", "/golive-scanner.php")
"""Paths that scanners request on every site."""
CHECKS = 5
TRACE_ALL = """
try:
    import sentry_sdk as _golive_sentry
    _golive_options = _golive_sentry.get_client().options
    _golive_sampler = _golive_options.get("traces_sampler")
    if _golive_sampler:
        _golive_options["traces_sampler"] = lambda context: 1.0 if _golive_sampler(context) else 0.0
    elif _golive_options.get("traces_sample_rate"):
        _golive_options["traces_sample_rate"] = 1.0
except (ImportError, AttributeError, TypeError):
    pass
"""
"""Settings under which every request is traced that could be: a sample of one in ten would show nothing."""
SAMPLER = (
    "traces_sampler=lambda context: 0.0 if '/health' in str((context.get('wsgi_environ') or {{}}).get('PATH_INFO') "
    "or (context.get('asgi_scope') or {{}}).get('path')) else {rate}"
)


def complete(project: Project, draft: Draft) -> None:
    """Leave out foreign hosts and, where requests are traced, health checks."""
    sentry_init.complete(project, draft)
    for source, call, rate in _traced(project):
        edited = draft.source(source.path, "trace no health checks: they use up the quota")
        change_arguments(edited, call, add=SAMPLER.format(rate=source.segment(rate.value)), remove=rate)


def _traced(project: Project) -> Iterator[tuple[Source, ast.Call, ast.keyword]]:
    """The calls of `sentry_sdk.init` that trace a share of all requests, with that argument."""
    for source, call in sentry_init.calls(project):
        options = {keyword.arg: keyword for keyword in call.keywords}
        rate = options.get("traces_sample_rate")
        if rate is None or {None, "traces_sampler", "before_send_transaction"} & options.keys():
            continue
        if not (isinstance(rate.value, ast.Constant) and not rate.value.value):
            yield source, call, rate


def noise(sandbox: Sandbox) -> list[str] | None:
    """Send what scanners, bots and health checks send, and return what the error service would count.

    None if the error that is raised last does not arrive, so that nothing is known.

    Raises:
        CommandError: the site does not start.
        SiteError: it does not answer.
    """
    servers = sandbox.target.local_servers()
    collector = servers.error_collector
    before, traced = set(collector.events), len(collector.transactions)
    settings = TRACE_ALL + sandbox.error_page_settings()
    with sandbox.gunicorn(1, settings, **sentry_init.dsn_variables(sandbox, collector.dsn)) as site:
        for path, host in (("/", FOREIGN), *((path, "") for path in BOTS)):
            with suppress(SiteError):  # a server may close the connection
                site.get(path, host=host)
        for _ in range(CHECKS):
            site.get(HEALTH)
        site.get("/golive-raises/")  # one worker sends its events in order, so this is the last one
        last = servers.sentry_client().wait_for_event(lambda event: DELIBERATE in event["title"], before)
    if last is None:
        return None
    return [*_events(collector, before), *_transactions(collector, traced)]


def filters_page(target: Target) -> str:
    """Where the real Sentry project of *target* has its own filters; empty if there is none."""
    try:
        sentry = target.sentry if target.real else None
    except ServiceError:  # the page is only a help
        return ""
    if sentry is None or not sentry.real:
        return ""
    return sentry.filters_page() or "Project Settings, Inbound Filters"


def _events(collector: ErrorCollector, before: set[str]) -> Iterator[str]:
    new = [event for name, event in collector.events.items() if name not in before]
    texts = [str(event) for event in new if DELIBERATE not in str(event)]
    hosts = [text for text in texts if FOREIGN in text]
    checks = [text for text in texts if text not in hosts and HEALTH in text]
    bots = [text for text in texts if text not in (*hosts, *checks) and any(path in text for path in BOTS)]
    if hosts:
        yield "a foreign Host header makes an event"
    if checks:
        yield f"{len(checks)} of {CHECKS} health checks make an event"
    if bots:
        yield f"{len(bots)} of {len(BOTS)} requests of bots make an event"


def _transactions(collector: ErrorCollector, start: int) -> Iterator[str]:
    addresses = [str((each.get("request") or {}).get("url")) for each in collector.transactions[start:]]
    traced = [address for address in addresses if urlsplit(address).path.startswith("/health")]
    if traced:
        yield f"{len(traced)} of {CHECKS} health checks are traced"
