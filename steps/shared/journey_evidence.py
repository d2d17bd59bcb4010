"""The project's flows as evidence: all are run in their order, as one new visitor, and each speaks for its item."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.accounts import superuser
from wizard.base.errors import NotYetError
from wizard.base.secrets import remember
from wizard.checklist.evidence import Evidence, waiting
from wizard.site.journey_runner import JourneyRunner, Outcome
from wizard.site.journeys import Journey
from wizard.site.session import Site, new_client_address
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
    if there.journey_outcomes is not None:
        return there.journey_outcomes
    if not there.may_write:
        return {}
    remember(PASSWORD)
    there.load_seed()
    account = superuser(sandbox) if there.config.journeys else {}
    try:
        till = there.checkout_url
    except NotYetError as error:
        till, there.payment_skip_reason = "", str(error)
    runner = JourneyRunner(site, {
        "password": PASSWORD, "admin": account.get("username", ""), "admin_password": account.get("password", ""),
        "razorpay": till, "site": f"https://{site.host}",
    }, client=new_client_address())  # fmt: skip
    runner.variables["name"] = f"visitor{runner.variables['random']}"
    runner.variables["email"] = f"{runner.variables['name']}@example.com"
    outcomes: dict[str, list[Outcome]] = {}
    for flow in there.config.journeys:
        if there.payment_skip_reason and pays(flow):
            continue
        outcomes.setdefault(flow.item, []).append(runner.run(flow))
    if there.real:
        there.journey_outcomes = outcomes
    return outcomes


def evidence(sandbox: Sandbox, item: str, outcomes: dict[str, list[Outcome]]) -> Iterator[Evidence]:
    """What the flows of *item* showed; an item without one waits for a person to write it."""
    found = outcomes.get(item) or outcomes.get(ALSO.get(item, ""))
    if not found and sandbox.target.payment_skip_reason and any(pays(flow) for flow in sandbox.target.config.journeys
                                                      if flow.item in {item, ALSO.get(item, "")}):  # fmt: skip
        yield waiting(item, "golive.yaml", sandbox.target.payment_skip_reason)
        return
    if not found:
        if sandbox.target.may_write:
            why = f'there is no flow with item: "{item}" yet; `golive flows` drafts some'
            yield waiting(item, "golive.yaml", why)
        return
    wrong = next((each for each in found if not each.holds), None)
    told = str(wrong) if wrong else "; ".join(str(each) for each in found)
    names = ", ".join(each.journey.name for each in found)
    if wrong is None and sandbox.target.real and any(pays(each.journey) for each in found):
        told += ". The checkout's last step was signed here with the test keys: no card was asked for"
    yield sandbox.evidence(item, wrong is None, "request", f"flow {names}", told)


def pays(flow: Journey) -> bool:
    """Whether *flow* goes to the checkout."""
    return any("{razorpay}" in step.path for step in flow.steps)
