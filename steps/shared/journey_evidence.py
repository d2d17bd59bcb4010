"""The project's flows as evidence: all are run in their order, as one new visitor, and each speaks for its item."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.accounts import ensure_superuser
from wizard.base.errors import NotYetError
from wizard.base.secrets import remember
from wizard.checklist.evidence import Evidence, waiting
from wizard.site.journeys import Flow, Outcome, Runner
from wizard.site.session import Site, fresh_client
from wizard.targets.sandbox import Sandbox

PASSWORD = "rehearsal-Passphrase-7"  # noqa: S105 - of an account in a database that is thrown away
ALSO = {"18.7": "21.15", "18.8": "21.14", "22.2": "21.15"}
"""Items for which another item's flow speaks where they have none of their own."""


def run_all(sandbox: Sandbox, site: Site) -> dict[str, list[Outcome]]:
    """Run every flow of the project; the outcomes by item.

    Where customers will be, they run once in a session: they leave accounts and orders behind, and the site counts
    the sign-ups of one address.
    """
    there = sandbox.target
    if there.outcomes is not None:
        return there.outcomes
    if not there.acting:
        return {}
    remember(PASSWORD)
    there.load_seed()
    account = ensure_superuser(sandbox) if there.extras.flows else {}
    try:
        till = there.checkout
    except NotYetError as error:
        till, there.unpaid = "", str(error)
    runner = Runner(site, {
        "password": PASSWORD, "admin": account.get("username", ""), "admin_password": account.get("password", ""),
        "razorpay": till, "site": f"https://{site.host}",
    }, client=fresh_client())  # fmt: skip
    runner.variables["name"] = f"visitor{runner.variables['random']}"
    runner.variables["email"] = f"{runner.variables['name']}@example.com"
    outcomes: dict[str, list[Outcome]] = {}
    for flow in there.extras.flows:
        if there.unpaid and pays(flow):
            continue
        outcomes.setdefault(flow.item, []).append(runner.run(flow))
    if there.real:
        there.outcomes = outcomes
    return outcomes


def collect_evidence(sandbox: Sandbox, item: str, outcomes: dict[str, list[Outcome]]) -> Iterator[Evidence]:
    """What the flows of *item* showed; an item without one waits for a person to write it."""
    found = outcomes.get(item) or outcomes.get(ALSO.get(item, ""))
    if not found and sandbox.target.unpaid and any(pays(flow) for flow in sandbox.target.extras.flows
                                                      if flow.item in {item, ALSO.get(item, "")}):  # fmt: skip
        yield waiting(item, "golive.yaml", sandbox.target.unpaid)
        return
    if not found:
        if sandbox.target.acting:
            why = f'there is no flow with item: "{item}" yet; `golive flows` drafts some'
            yield waiting(item, "golive.yaml", why)
        return
    wrong = next((each for each in found if not each.holds), None)
    told = str(wrong) if wrong else "; ".join(str(each) for each in found)
    names = ", ".join(each.flow.name for each in found)
    if wrong is None and sandbox.target.real and any(pays(each.flow) for each in found):
        told += ". The checkout's last step was signed here with the test keys: no card was asked for"
    yield sandbox.evidence(item, wrong is None, "request", f"flow {names}", told)


def pays(flow: Flow) -> bool:
    """Whether *flow* goes to the checkout."""
    return any("{razorpay}" in step.path for step in flow.steps)
