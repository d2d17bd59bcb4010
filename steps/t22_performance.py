"""Task 22, Performance Testing: response times, a large upload, image delivery and slow 3G.

A rehearsal measures this machine: it proves that the project itself is not slow. The edge simulates slow 3G.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import httpx

from steps.shared import derived_journeys, journey_evidence
from steps.shared.accounts import list_addresses
from steps.shared.own_answers import is_own_answer, other_host, problem
from steps.shared.page_answers import MOST_SILENT, get_page, read_pages
from steps.shared.parts import Parts
from steps.shared.token_login import authorization
from steps.shared.view_functions import place_of_path
from wizard.base.errors import SiteError
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.journey_runner import Outcome
from wizard.site.journeys import PNG
from wizard.site.session import Site
from wizard.step import Step
from wizard.targets.local.edge import SLOW_3G
from wizard.targets.sandbox import Sandbox

LIMIT_MS = 500
ROUNDS, ROUNDS_PUBLIC = 20, 5
"""Requests to each URL. A public site gets fewer: it has visitors, and the network adds to each time."""
RETRY_ROUNDS, RETRIES = 20, 3
"""Requests per repeated measurement, and the number of repetitions, for a URL whose 95th percentile alone is too slow.

The machine may have been busy during the first measurement.
"""
FIRST_ROUNDS = 5
"""Requests after which a very slow URL is not requested any more."""
SLOW_3G_LIMIT = 10.0
"""Seconds within which a page must arrive over slow 3G. Two of them are latency."""
BARS = "▁▂▃▄▅▆▇█"


class Performance(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return derived_journeys.question(sandbox)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing to change. Golive measures the deployed site.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield self._latency(project, sandbox, site)
            outcomes = journey_evidence.run_all(sandbox, site)
            journeys, parts = derived_journeys.explore(project, sandbox, site), Parts()
            yield from parts.of(journey_evidence.collect_evidence(sandbox, "22.2", outcomes, journeys))
            yield from parts.of(self._images(project, sandbox, outcomes))
            yield self._slow_3g(project, sandbox, site)
            parts.finish()

    def _latency(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        """The slowest URLs with p50, p95, p99 and a bar chart of the times. Errors are fast, so they are left out."""
        rows, left_out, silent = list[tuple[float, str, str]](), list[str](), list[str]()

        @cache
        def sent() -> dict[str, str]:
            return authorization(project, sandbox, site) if sandbox.target.may_write else {}

        for path in list_addresses(project):
            if len(silent) >= MOST_SILENT:
                break
            try:
                measured = _latency_of(site, path, sent)
            except SiteError as error:
                silent.append(str(error))
                continue
            if isinstance(measured, str):
                left_out.append(measured)
            else:
                rows.append((*measured, path))
        rows.sort(reverse=True)
        holds = bool(rows) and rows[0][0] < LIMIT_MS
        showed = f"{len(rows)} URLs, limit {LIMIT_MS} ms. " + "; ".join(text for _, text, _ in rows[:4])
        left_out = [*silent, *left_out]
        showed += f". Not measured: {', '.join(left_out[:4])}" if left_out else ""
        place = place_of_path(project, rows[0][2]) if rows and not holds else ""
        expected, ran = f"95 % of the requests to each URL in less than {LIMIT_MS} ms", "every URL without a parameter"
        if silent and (holds or not rows):
            return waiting("22.1", ran, showed)
        return sandbox.evidence("22.1", holds, "request", ran, showed, expected=expected, where=place)

    def _images(self, project: Project, sandbox: Sandbox, outcomes: dict[str, list[Outcome]]) -> Iterator[Evidence]:
        """The flow that loads an image, else one uploaded here. Without Cloudinary, there are no such images."""
        if "22.3" in outcomes or any(flow.item == "22.3" for flow in sandbox.target.config.journeys):
            yield from journey_evidence.collect_evidence(sandbox, "22.3", outcomes)
        elif sandbox.target.settings_variables(r"CLOUDINARY"):
            if sandbox.target.may_write:
                yield self._image(sandbox)
        elif any("cloudinary" in app for app in project.value("INSTALLED_APPS") or ()):
            yield from journey_evidence.collect_evidence(sandbox, "22.3", outcomes)
        else:
            searched = "searched INSTALLED_APPS and the variables of the settings"
            yield not_applicable("22.3", searched, "the project does not use Cloudinary")

    def _image(self, sandbox: Sandbox) -> Evidence:
        """Upload an image, fetch it from its delivery URL, and delete it."""
        media, name = sandbox.target.cloudinary, f"golive-{secrets.token_hex(6)}"
        url = media.upload(PNG, name)
        try:
            response = media.fetch_delivered(url)
        finally:
            deleted = media.delete(name)
        kind = response.headers.get("content-type", "")
        showed = f"{response.status_code} {kind}, {len(response.content)} bytes, {'' if deleted else 'NOT '}deleted"
        holds = response.status_code == 200 and kind.startswith("image/") and deleted
        return sandbox.evidence("22.3", holds, "service", "an image uploaded to Cloudinary", showed, real=media.real)

    def _slow_3g(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        pages = read_pages(site, list_addresses(project)).complete
        sizes = {path: len(page.content) for path, page in pages.items() if page.status_code == 200}
        paths = sorted(sizes, key=lambda path: -sizes[path])[:2] or ["/health/"]  # the largest ones
        with sandbox.target.throttled_site(SLOW_3G) as slow:
            times = {path: _milliseconds(slow, path) / 1000 for path in paths}
        holds = all(SLOW_3G.latency <= seconds < SLOW_3G_LIMIT for seconds in times.values())
        showed = ", ".join(f"{path} in {seconds:.1f} s" for path, seconds in times.items())
        ran = f"{SLOW_3G.name}: {SLOW_3G.rate:.0f} bytes a second, {SLOW_3G.latency:.0f} s of latency"
        return sandbox.evidence("22.4", holds, "request", ran, showed)


def _latency_of(site: Site, path: str, headers: Callable[[], Mapping[str, str]]) -> tuple[float, str] | str:
    """p95 of the requests to *path*, and its times as a text. Only a text where no view of the site answers.

    Raises:
        SiteError: it does not answer.
    """
    rounds, sent = ROUNDS_PUBLIC if site.public else ROUNDS, dict[str, str]()
    # Not counted: the first request to a worker includes its imports.
    response = get_page(site, path)
    if response.status_code in {401, 403} and headers():
        # A refusal is fast. What it protects may be slow.
        sent = dict(headers())
        response = get_page(site, path, headers=sent)
    if not is_own_answer(site, path, response):
        return problem(site, path, response) or f"{path} leads to {_target(site, response)}"
    times, attempt = _measure(site, path, rounds, sent), 1
    while (cuts := _percentiles(times))[94] >= LIMIT_MS > cuts[49] and attempt <= RETRIES:
        times, attempt = _measure(site, path, RETRY_ROUNDS, sent), attempt + 1
    text = f"{path} p50 {cuts[49]:.0f} p95 {cuts[94]:.0f} p99 {cuts[98]:.0f} ms of {len(times)}"
    text += f", attempt {attempt}" * (attempt > 1)
    return cuts[94], f"{text} {_plot(sorted(times))}"


def _percentiles(times: list[float]) -> list[float]:
    """The percentiles 1 to 99 of *times*, none beyond its extremes."""
    return statistics.quantiles(times, n=100, method="inclusive")


def _measure(site: Site, path: str, rounds: int, headers: Mapping[str, str]) -> list[float]:
    """The times of *rounds* requests. Fewer if it is clear that the URL is slow."""
    times: list[float] = []
    for number in range(rounds):
        if number >= FIRST_ROUNDS and min(times) > 2 * LIMIT_MS:
            break
        times.append(_milliseconds(site, path, headers))
    return times


def _target(site: Site, response: httpx.Response) -> str:
    return other_host(site, response) or response.headers.get("location", "")


def _milliseconds(site: Site, path: str, headers: Mapping[str, str] | None = None) -> float:
    """The time of one request."""
    start = time.perf_counter()
    site.get(path, headers=headers) if headers else site.get(path)
    return (time.perf_counter() - start) * 1000


def _plot(times: list[float]) -> str:
    """A bar chart of eight characters, from the fastest time to the slowest."""
    highest = max(times) or 1
    picked = [times[min(len(times) - 1, index * len(times) // len(BARS))] for index in range(len(BARS))]
    return "".join(BARS[min(len(BARS) - 1, int(value / highest * (len(BARS) - 1)))] for value in picked)


STEP = Performance
