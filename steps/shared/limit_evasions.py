"""Ways around a rate limit: another account, browser or session, and a window that is too short."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx

from steps.shared import added_modules, existing_limits
from steps.shared.limit_evidence import FORGED, TRIES, Attempt, Check
from steps.shared.rate_limited_views import LimitedView
from steps.shared.view_functions import period_of, place_of, view_path
from wizard.base import files
from wizard.project.project import Project
from wizard.project.urls import Url
from wizard.site.session import new_client_address, summarize_statuses

READS_HEADER = re.compile(r"\bHTTP_([A-Z][A-Z0-9_]+)\b|\bheaders(?:\.get\(\s*|\[)[\"']([A-Za-z][\w-]+)[\"']")
STANDARD_HEADER = re.compile(
    r"(User-Agent|Authorization|Cookie|Host|Accept.*|Content-.*|Origin|Referer|If-.*|X-Csrf.*|X-Requested-With"
    r"|X-Forwarded-.*|Access-Control-.*|X-Http-Method.*|Client-Address)$"
)
"""Headers that have their own check, or that a login needs."""
MOST_HEADERS = 6
ACCOUNT = re.compile(r"mail|user|login|phone|mobile|identifier", re.IGNORECASE)

Result = tuple[bool, str]
"""Whether a part of the check holds, and what it showed."""


def examine(check: Check, attempt: Attempt) -> list[Result]:
    """Examine the limit that *attempt* exceeded: for whom it counts, and for how long."""
    results = [(attempt.in_order, f"{check.shown}: {summarize_statuses(attempt.statuses)}")]
    if not attempt.in_order:
        project = check.project
        if project.value("RATELIMIT_ENABLE") is False:
            results.append((False, f"RATELIMIT_ENABLE is False{project.set_by('RATELIMIT_ENABLE')}"))
        return results
    results.append(check.others_pass(attempt))
    if check.kind.name != "order":
        results += [check.forged_headers_are_ignored(attempt), _evasions_are_refused(check, attempt)]
    elif check.view.url.protected:
        results.append(_counts_users(check, attempt))
    if check.kind.name == "mail":
        results.append(check.per_address())
    return [*results, _window_is_kept(check, attempt)]


def _evasions_are_refused(check: Check, attempt: Attempt) -> Result:
    """Whether a client that is over the limit stays there as another account, browser or session.

    Also with the headers that the project's own code reads.
    """
    passed: list[str] = []
    for retry in range(TRIES):
        if retry:
            attempt = check.exceed()
        passed = [name for name, response in _evasions(check, attempt) if _passes(attempt, response)]
        if not passed or check.is_decided(attempt):
            break
    return not passed, f"a client over the limit gets through with {' or '.join(passed)}" if passed else ""


def _evasions(check: Check, attempt: Attempt) -> Iterator[tuple[str, httpx.Response]]:
    """The responses to a client over the limit that changes one thing."""
    client, sent, body = attempt.client, attempt.headers, check.wrong_body(attempt.client)
    if other := _other_body(check, body):
        yield "another account", check.send(client, sent, other)[0]
    cookie = "; ".join(filter(None, [sent.get("Cookie", ""), f"sessionid={secrets.token_hex(16)}"]))
    changed = {"User-Agent": "Mozilla/5.0 (another browser)", "Accept-Language": "eo", "Cookie": cookie}
    for name in check.own_headers:
        changed[name] = secrets.token_hex(4)
    for name, value in changed.items():
        yield f"another {name}", check.send(client, {**sent, name: value}, body)[0]


def _other_body(check: Check, body: dict[str, Any]) -> dict[str, Any]:
    """The data of a request about another account; empty if there is no account in *body*."""
    data, mark = body.get("data") or {}, secrets.token_hex(4)
    if check.kind.name == "mail":
        return check.mail_to(f"golive-{mark}@example.com")
    names = [name for name in data if ACCOUNT.search(name) and "pass" not in name]
    other = {name: f"golive-{mark}" + "@example.com" * ("mail" in name) for name in names}
    return {**body, "data": {**data, **other}} if other else {}


def _passes(attempt: Attempt, response: httpx.Response) -> bool:
    """Whether *response* is that of a client under the limit. A request may also be refused for another reason."""
    return response.status_code < 400 or response.status_code == attempt.statuses[0] != 429


def _counts_users(check: Check, attempt: Attempt) -> Result:
    """Whether orders are counted for each user: from any address, and apart from others at the same address."""
    same = check.send(new_client_address(), attempt.headers, check.view.body)[0].status_code
    headers, cookies = check.sign_in()
    sent = {**check.form(attempt.client, cookies), **headers}
    other = check.send(attempt.client, sent, check.view.body)[0].status_code
    showed = f"the same user at another address: {same}; another user at the same address: {other}"
    return same == 429 and other != 429, showed


def _window_is_kept(check: Check, attempt: Attempt) -> Result:
    """Whether the limit lasts for its period, by the rate in the code, and by `Retry-After`.

    Near the end of a window little of it is left, so a short wait is measured again.
    """
    rate = written_rate(check.project, check.view)
    if rate and period_of(rate) < check.period:
        return False, f"the rate in the code is {rate}, expected a period of {check.period} s"
    seconds = ""
    for number in range(TRIES):
        if number:
            attempt = check.exceed()
        seconds = attempt.responses[-1].headers.get("retry-after", "")
        if not seconds.isdigit() or not check.period or int(seconds) > check.period / 20:
            return True, ""
    return False, f"a refused client may try again after {seconds} s, expected up to {check.period} s"


def place_of_limit(project: Project, url: Url) -> str:
    """The file and line of the view, or the module with the limits of library views."""
    path = added_modules.locate(project, "ratelimits.py")[0]
    return place_of(project, url) or (project.display_path(path) if path.is_file() else "")


def written_rate(project: Project, view: LimitedView) -> str:
    """Return the rate in the decorator of Golive's limiter, or in its row for *view*; empty if there is none."""
    url = view.url
    names = "|".join(re.escape(name) for name in (url.name, url.route) if name)
    listed = rf"""^LIMITS\[["'](?:{names})["']\] = \(\s*["'][^"']+["'],\s*["']([^"']+)["']"""
    if row := re.search(listed, files.text(added_modules.locate(project, "ratelimits.py")[0]), re.MULTILINE):
        return row[1]
    if not url.file:
        return ""
    decorator = r"""@(?:method_decorator\()?limit\(["'][^"']+["'],\s*["']([^"']+)["'].*\n"""
    decorated = rf"{decorator}(?:@.*\n)*(?:async )?def {url.function}\("
    found = re.search(decorated, files.text(view_path(project, url.file)))
    return found[1] if found else ""


def headers_read_by(project: Project) -> list[str]:
    """Return the request headers that the project's own code reads and that a client may choose freely."""
    found: set[str] = set()
    texts = [content.decode("utf-8", "replace") for _, content in existing_limits.python_files(project)]
    texts.append(files.text(added_modules.locate(project, "ratelimits.py")[0]))
    for text in texts:
        for meta, header in READS_HEADER.findall(text):
            found.add((meta.replace("_", "-") if meta else header).title())
    client = project.platform.client_meta.removeprefix("HTTP_").replace("_", "-").title()
    known = {name.title() for name in (*FORGED, client)}
    return sorted(name for name in found - known if not STANDARD_HEADER.match(name))[:MOST_HEADERS]
