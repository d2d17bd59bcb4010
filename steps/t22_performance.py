"""Task 22, Performance Testing: how long answers take, whether a large file and pictures arrive, and slow 3G.

The figures are this machine's; what they prove is that nothing is slow by itself. Slow 3G is done by the edge.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Iterator

from steps.shared import journey_evidence
from steps.shared.accounts import list_addresses
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.journeys import PNG
from wizard.site.session import Site
from wizard.step import Step
from wizard.targets.local.edge import SLOW_3G
from wizard.targets.sandbox import Sandbox

LIMIT_MS = 500
ROUNDS, ROUNDS_AFAR = 20, 5
"""Requests to each address; fewer where customers and a network are in between."""
CLOSER, AGAIN = 20, 3
"""Requests of a closer look at an address whose tail seems too slow, and how many looks: a busy moment passes."""
BEARABLE = 10.0
"""Seconds within which a page must have come over slow 3G: two of them are its latency."""
BARS = "▁▂▃▄▅▆▇█"


class Performance(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing is changed; the deployed site is measured.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield self._latency(project, sandbox, site)
            outcomes = journey_evidence.run_all(sandbox, site)
            yield from journey_evidence.collect_evidence(sandbox, "22.2", outcomes)
            if "22.3" not in outcomes and sandbox.target.reads(r"CLOUDINARY"):
                if sandbox.target.acting:
                    yield self._picture(sandbox)
            else:
                yield from journey_evidence.collect_evidence(sandbox, "22.3", outcomes)
            yield self._slowly(project, sandbox, site)

    def _latency(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        """The slowest addresses with p50, p95 and p99, and one sign each for the spread."""
        rows = []
        rounds = ROUNDS_AFAR if site.public else ROUNDS
        for path in list_addresses(project):
            site.get(path)  # not counted: a worker's first answer has its imports to do
            times, look = [_timed(site, path) for _ in range(rounds)], 1
            while (cuts := _cuts(times))[94] >= LIMIT_MS > cuts[49] and look <= AGAIN:
                times, look = [_timed(site, path) for _ in range(CLOSER)], look + 1
            told = f"{path} p50 {cuts[49]:.0f} p95 {cuts[94]:.0f} p99 {cuts[98]:.0f} ms of {len(times)}"
            told += f", look {look}" * (look > 1)
            rows.append((cuts[94], f"{told} {_plot(sorted(times))}"))
        rows.sort(reverse=True)
        holds = bool(rows) and rows[0][0] < LIMIT_MS
        told = f"{len(rows)} addresses, limit {LIMIT_MS} ms. " + "; ".join(text for _, text in rows[:4])
        return sandbox.evidence("22.1", holds, "request", "every address without a parameter", told)

    def _picture(self, sandbox: Sandbox) -> Evidence:
        """A picture uploaded, got back from its delivery address, and removed again."""
        media, name = sandbox.target.cloudinary, f"golive-{secrets.token_hex(6)}"
        url = media.upload(PNG, name)
        try:
            answer = media.fetch_delivered(url)
        finally:
            gone = media.delete(name)
        kind = answer.headers.get("content-type", "")
        told = f"{answer.status_code} {kind}, {len(answer.content)} bytes; {'removed again' if gone else 'NOT removed'}"
        holds = answer.status_code == 200 and kind.startswith("image/") and gone
        return sandbox.evidence("22.3", holds, "service", "a picture uploaded to Cloudinary", told, real=media.real)

    def _slowly(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        paths = [path for path in list_addresses(project) if site.get(path).status_code == 200][:2] or ["/health/"]
        with sandbox.target.slow(SLOW_3G) as slow:
            took = {path: _timed(slow, path) / 1000 for path in paths}
        holds = all(SLOW_3G.latency <= seconds < BEARABLE for seconds in took.values())
        told = ", ".join(f"{path} in {seconds:.1f} s" for path, seconds in took.items())
        ran = f"{SLOW_3G.name}: {SLOW_3G.rate:.0f} bytes a second, {SLOW_3G.latency:.0f} s of latency"
        return sandbox.evidence("22.4", holds, "request", ran, told)


def _cuts(times: list[float]) -> list[float]:
    """The 99 percentiles, within what was measured."""
    return statistics.quantiles(times, n=100, method="inclusive")


def _timed(site: Site, path: str) -> float:
    """Milliseconds one request takes."""
    began = time.perf_counter()
    site.get(path)
    return (time.perf_counter() - began) * 1000


def _plot(times: list[float]) -> str:
    """Eight signs for the shape of the distribution, from the fastest to the slowest."""
    highest = max(times) or 1
    picked = [times[min(len(times) - 1, index * len(times) // len(BARS))] for index in range(len(BARS))]
    return "".join(BARS[min(len(BARS) - 1, int(value / highest * (len(BARS) - 1)))] for value in picked)


STEP = Performance
