"""Evidence from the project's flows, which run in order as one new visitor, and from journeys that Golive finds itself.

Each flow proves one item. A flow wins over the journeys for the same item.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import derived_journeys
from steps.shared.accounts import admin_home, ensure_superuser
from steps.shared.view_functions import place_of_path
from wizard.base.errors import BlockedError, NotYetError
from wizard.base.secrets import remember
from wizard.checklist.evidence import Evidence, waiting
from wizard.journeys import store
from wizard.journeys.items import Journeys
from wizard.journeys.result import SentRequest, Verdict
from wizard.journeys.store import StoredJourney
from wizard.project.project import Project
from wizard.site.journey_runner import JourneyRunner, Outcome, mark_consequences
from wizard.site.journeys import Journey
from wizard.site.session import Site, new_client_address
from wizard.targets.sandbox import Sandbox

PASSWORD = "rehearsal-Passphrase-7"  # noqa: S105 - of an account in a database that is thrown away
FALLBACK_ITEMS = {"18.7": "21.15", "18.8": "21.14", "22.2": "21.15"}
"""Items that the flow of another item proves too, if they have no flow of their own."""


def run_all(sandbox: Sandbox, site: Site) -> dict[str, list[Outcome]]:
    """Run every flow of the project and return the outcomes by item.

    On a real site they run once per session, because they create accounts and orders, and the site limits sign-ups
    per client address.
    """
    target = sandbox.target
    if target.journey_outcomes is not None:
        return target.journey_outcomes
    if not target.may_write:
        return {}
    ran = run_flows(sandbox, site)
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in ran:
        outcomes.setdefault(outcome.journey.item, []).append(outcome)
    if target.real:
        target.journey_outcomes = outcomes
    if ran:
        derived_journeys.keep(sandbox, [_stored(sandbox, outcome) for outcome in ran], derived=False)
    return outcomes


def run_flows(sandbox: Sandbox, site: Site) -> list[Outcome]:
    """Run every flow of the project as one new visitor. Nothing is recorded."""
    target = sandbox.target
    remember(PASSWORD)
    target.load_seed()
    account = ensure_superuser(sandbox) if target.config.journeys else {}
    try:
        checkout = target.checkout_url
    except NotYetError as error:
        checkout, target.payment_skip_reason = "", str(error)
    runner = JourneyRunner(site, {
        "password": PASSWORD, "admin": account.get("username", ""), "admin_password": account.get("password", ""),
        "razorpay": checkout, "site": f"https://{site.host}", "admin_path": admin_home(sandbox.project).lstrip("/"),
    }, client=new_client_address())  # fmt: skip
    runner.variables["name"] = f"visitor{runner.variables['random']}"
    runner.variables["email"] = f"{runner.variables['name']}@example.com"
    flows = [flow for flow in target.config.journeys if not (target.payment_skip_reason and uses_checkout(flow))]
    ran = [runner.run(flow) for flow in flows]
    mark_consequences(ran, flows)
    return ran


def _stored(sandbox: Sandbox, outcome: Outcome) -> StoredJourney:
    flow, wrong = outcome.journey, next((each.wrong for each in outcome.exchanges if each.wrong), "")
    verdict = Verdict.WORKS if outcome.holds else Verdict.OPEN if outcome.follows else Verdict.BROKEN
    why = f"the flow {outcome.follows!r} failed before it" if outcome.follows else wrong or "all expectations are met"
    sent = [
        SentRequest(each.request, "", each.status, each.seconds, each.body, each.wrong) for each in outcome.exchanges
    ]
    result = store.of_flow(flow.name, flow.title, sent, verdict, why)
    return StoredJourney(result, (flow.item,), flow.location, target=sandbox.name)


def collect_evidence(
    sandbox: Sandbox, item: str, outcomes: dict[str, list[Outcome]], journeys: Journeys | None = None
) -> Iterator[Evidence]:
    """Yield the evidence that the flows of *item* give, or else the *journeys*. An item without either stays open.

    Raises:
        BlockedError: a flow failed because an earlier one did, which says nothing about this item.
    """
    target, items = sandbox.target, {item, FALLBACK_ITEMS.get(item, "")}
    if journeys and journeys.judge(item) and not any(flow.item in items for flow in target.config.journeys):
        yield from derived_journeys.evidence_of(sandbox, item, journeys)
        return
    if journeys:
        yield from derived_journeys.holes(sandbox, item, journeys)
    found = outcomes.get(item) or outcomes.get(FALLBACK_ITEMS.get(item, ""))
    if not found:
        skipped = (journey for journey in target.config.journeys if journey.item in items and uses_checkout(journey))
        if target.payment_skip_reason and any(skipped):
            yield waiting(item, "golive.yaml", target.payment_skip_reason)
        elif target.may_write:
            why = f'no journey proves it and no flow has item: "{item}". Add one to golive.yaml'
            yield waiting(item, "golive.yaml", why)
        return
    failed = next((outcome for outcome in found if not outcome.holds), None)
    if failed and failed.follows:
        raise BlockedError(f"Item {item} was not checked", f"the flow {failed.follows!r} failed before it")
    showed = str(failed) if failed else "; ".join(str(outcome) for outcome in found)
    names = ", ".join(outcome.journey.name for outcome in found)
    if failed is None and target.real and any(uses_checkout(outcome.journey) for outcome in found):
        showed += ". Golive signed the last checkout step with the test keys, without a card"
    expected, where = _failure(target.project, failed) if failed else ("", "")
    ran = f"flow {names}"
    yield sandbox.evidence(item, failed is None, "request", ran, showed, expected=expected, where=where)


def _failure(project: Project, failed: Outcome) -> tuple[str, str]:
    """What a *failed* flow expected, and the view that answered otherwise, or else the flow itself."""
    exchange = failed.exchanges[-1] if failed.exchanges else None
    path = exchange.request.partition(" ")[2].partition("?")[0] if exchange else ""
    place = place_of_path(project, path) or project.display_path(project.root / failed.journey.location)
    return f"the answers that flow {failed.journey.name} expects", place


def uses_checkout(journey: Journey) -> bool:
    """Whether *journey* posts to the checkout of the payment service."""
    return any("{razorpay}" in step.path for step in journey.steps)
