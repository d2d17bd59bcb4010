"""The project's flows as evidence: all are run in their order, as one new visitor, and each speaks for its item."""

from __future__ import annotations

from steps.visitors import superuser
from wizard.evidence import Evidence, waiting
from wizard.flows import Outcome, Runner
from wizard.secrets import remember
from wizard.site import Site, fresh_client
from wizard.targets.local import LocalTarget

PASSWORD = "rehearsal-Passphrase-7"  # noqa: S105 - of an account in a database that is thrown away
ALSO = {"18.7": "21.15", "18.8": "21.14", "22.2": "21.15"}
"""Items for which another item's flow speaks where they have none of their own."""


def run_all(target: LocalTarget, site: Site) -> dict[str, list[Outcome]]:
    """Run every flow of the project; the outcomes by item."""
    remember(PASSWORD)
    there = target.production
    there.load_seed()
    account = superuser(target) if there.extras.flows else {}
    runner = Runner(site, {
        "password": PASSWORD, "admin": account.get("username", ""), "admin_password": account.get("password", ""),
        "razorpay": there.razorpay.url, "site": f"https://{site.host}",
    }, client=fresh_client())  # fmt: skip
    runner.variables["name"] = f"visitor{runner.variables['random']}"
    runner.variables["email"] = f"{runner.variables['name']}@example.com"
    outcomes: dict[str, list[Outcome]] = {}
    for flow in there.extras.flows:
        outcomes.setdefault(flow.item, []).append(runner.run(flow))
    return outcomes


def evidence(target: LocalTarget, item: str, outcomes: dict[str, list[Outcome]]) -> Evidence:
    """What the flows of *item* showed; an item without one waits for a person to write it."""
    found = outcomes.get(item) or outcomes.get(ALSO.get(item, ""))
    if not found:
        return waiting(item, "golive.yaml", f'there is no flow with item: "{item}" yet; `golive flows` drafts some')
    wrong = next((each for each in found if not each.holds), None)
    told = str(wrong) if wrong else "; ".join(str(each) for each in found)
    names = ", ".join(each.flow.name for each in found)
    return target.seen(item, wrong is None, "request", f"flow {names}", told)
