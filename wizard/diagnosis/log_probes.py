"""The probe that searches the logs for errors."""

from __future__ import annotations

from wizard.base import files
from wizard.base.error_output import STOPPED
from wizard.base.log_errors import about_requests, raised_in
from wizard.base.secrets import excerpt, redact
from wizard.diagnosis.probe import ERROR_PAGE, ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.site.session import Site
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.verification.expected_errors import is_unexpected, unexpected_errors

TAIL = 200_000
"""The number of bytes at the end of a log to search."""


@probe
def logs(context: ProbeContext) -> ProbeResult:
    if page := ERROR_PAGE.search(context.error):
        return confirmed(redact(page[1]))
    project, target = context.project, context.sandbox.active_target
    if (rehearsal := context.rehearsal) and (loop := _redirect_loop(rehearsal)):
        return confirmed(loop)
    lines = about_requests(target.log_error_lines() if target else [], context.error)
    if errors := _unexpected(lines):  # a stop that Golive ordered is none
        return confirmed(f"the deployment's log: {excerpt(errors[-1], 300)}")
    searched = []
    for path in (*sorted((project.root / "logs").glob("*.log")), project.work / "gunicorn.log"):
        if not path.is_file():
            continue
        searched.append(project.display_path(path) if path.is_relative_to(project.top) else path.name)
        content = files.tail(path, TAIL).decode("utf-8", "replace")
        if errors := unexpected_errors(about_requests(content.splitlines(), context.error)):
            return confirmed(f"{searched[-1]}: {excerpt(errors[-1], 300)}")
    if raised := _unexpected(raised_in(about_requests(context.sandbox.new_log_text().splitlines(), context.error))):
        return confirmed(f"the project raised {excerpt(raised[-1], 300)}")
    return ruled_out(f"no error in {', '.join(searched)}") if searched else not_checked("there is no log file yet")


def _unexpected(lines: list[str]) -> list[str]:
    return [line for line in lines if is_unexpected(line) and not STOPPED.search(line)]


def _redirect_loop(rehearsal: Rehearsal) -> str:
    """Describe the redirect loop of a project that treats every HTTPS request as HTTP; empty if there is none."""
    with Site(rehearsal.servers.edge.https_port, rehearsal.host, tls=rehearsal.servers.edge.client_context()) as site:
        answer = site.get("/golive-is-it-https/")
    location = answer.headers.get("location", "")
    if answer.status_code not in {301, 302} or location != f"https://{rehearsal.host}/golive-is-it-https/":
        return ""
    return (
        f"every HTTPS request is redirected to itself ({answer.status_code}), because Django does not know that the "
        'proxy uses HTTPS. Set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")'
    )
