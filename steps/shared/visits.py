"""What visitors can't do on a site: pages that answer an error, flows and journeys that fail. Nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from steps.shared import exploring, journey_evidence
from steps.shared.accounts import failing_addresses, list_addresses
from wizard.base.secrets import excerpt
from wizard.base.wording import plural
from wizard.journeys.result import Verdict
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.site.session import Site
from wizard.targets.sandbox import Sandbox

LONGEST = 160
"""How many characters of a failure the evidence quotes."""


@dataclass(frozen=True)
class Visits:
    """What was tried, in words, and the failures, each with its text by a name that another run gives it too."""

    tried: str
    failures: dict[str, str]

    def new(self, before: Visits) -> list[str]:
        """The texts of the failures that *before* does not have, in their order."""
        return [excerpt(text, LONGEST) for name, text in self.failures.items() if name not in before.failures]


def pages(project: Project, site: Site) -> Visits:
    """Request the site's pages."""
    failing = failing_addresses(project, site)
    tried = plural(len(list_addresses(project)), "page")
    return Visits(tried, {path: f"{path} answers an error" for path in failing})


def everything(project: Project, sandbox: Sandbox, site: Site) -> Visits:
    """Request the pages, and run the project's flows, or the journeys that Golive finds if there are none."""
    seen = pages(project, site)
    if sandbox.target.config.journeys:
        outcomes = journey_evidence.run_flows(sandbox, site)
        failed = {f"flow {each.journey.name}": str(each) for each in outcomes if not each.holds and not each.follows}
        tried = plural(len(outcomes), "flow")
    else:
        results = exploring.explore_site(sandbox, site, surface(project), changes=True, reads_rows=False)
        failed = {
            result.name: f"{result.title}: {result.why}" for result in results if result.verdict is Verdict.BROKEN
        }
        tried = plural(sum(result.verdict is not Verdict.OPEN for result in results), "journey")
    return Visits(f"{seen.tried} and {tried}", {**seen.failures, **failed})
