"""Evidence from outside: the provider takes a test message, and the sender's domain has its records."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import derived_journeys
from steps.shared.mail_plans import address_of, sender_problem
from wizard.base.errors import ServiceError
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import NO_VALUE, Evidence, undecided, waiting
from wizard.project.hosts import is_shared
from wizard.project.mail import MailWay
from wizard.project.project import Project
from wizard.services import sender_records
from wizard.services.mail_providers import MESSAGES, MailProvider, provider_of, send_test_message
from wizard.targets.sandbox import Sandbox

SELECTOR = "mail.dkim"
LOOK_UP = sender_records.texts_of
"""Tests put name servers on this machine in its place."""


def questions(project: Project, sandbox: Sandbox) -> list[Question]:
    """What may be done at a real target, and the name of the DKIM key."""
    if not sandbox.target.real:
        return []
    more = derived_journeys.question(sandbox)
    why = (
        "Your mail provider shows it with the records of your domain: the part before `._domainkey`. Leave it empty to "
        "try the provider's usual names."
    )
    text = "What is the name (selector) of your domain's DKIM key?"
    return [*more, Question(SELECTOR, text, "", why, pattern=r"[\w.-]*")]


def remark(project: Project, sandbox: Sandbox, provider: MailProvider) -> str:
    """What the person has to do for *provider*."""
    page = sandbox.checklist.services[provider.name].sign_up
    return f"Sign up at {page}, verify your domain there, and set {', '.join(provider.variables)} in .env.production."


def evidence(project: Project, sandbox: Sandbox, way: MailWay, answers: Answers) -> Iterator[Evidence]:
    """Evidence for 25.6 and 25.7."""
    provider = provider_of(way.backend)
    yield _message(project, sandbox, way, provider)
    yield _records(project, sandbox, provider, answers)


def _message(project: Project, sandbox: Sandbox, way: MailWay, provider: MailProvider | None) -> Evidence:
    """Evidence for 25.6."""
    ran = "a test message to the mail provider"
    if provider is None:
        if way.family == "smtp":
            why = f"{way.host} has no API. Send a mail from the site, and look whether it arrives"
            return undecided("25.6", ran, why)
        return undecided("25.6", ran, f"Golive does not know the API behind {way.backend}")
    values, target = project.service_values(), sandbox.target
    missing = [name for name in provider.variables if not values.get(name)]
    if missing:
        page = sandbox.checklist.services[provider.name].sign_up
        return waiting("25.6", missing[0], f"{NO_VALUE}. Sign up at {page}, and create a key")
    if not target.real:
        return undecided("25.6", ran, "a rehearsal sends nothing to the provider. It is sent at a real target")
    if provider.name not in MESSAGES:
        return undecided("25.6", ran, f"send a test message in the console of {provider.title}")
    if not target.may_write:
        return undecided("25.6", ran, "this check sends no mail")
    sender = address_of(_sender(project))
    client = target.mail_client(provider.name)
    try:
        number = send_test_message(client, provider, values[provider.key], sender, values)
    except ServiceError as error:
        refused = 400 <= error.status < 500 and error.status != 429
        showed = f"{provider.title}: {error.why or error}"
        if not refused:
            return undecided("25.6", ran, showed)
        return sandbox.evidence("25.6", False, "service", ran, showed, expected="the message is accepted",
                                where=project.origin("DEFAULT_FROM_EMAIL"))  # fmt: skip
    finally:
        client.close()
    return sandbox.evidence("25.6", True, "service", ran, f"{provider.title} accepted {number} from {sender}")


def _sender(project: Project) -> str:
    return str(project.value("DEFAULT_FROM_EMAIL") or "")


def _records(project: Project, sandbox: Sandbox, provider: MailProvider | None, answers: Answers) -> Evidence:
    """Evidence for 25.7."""
    sender = address_of(_sender(project))
    domain, ran = sender.rpartition("@")[2], "SPF, DKIM and DMARC in the domain name system"
    if problem := sender_problem(sender):
        return waiting("25.7", ran, f"{problem}. Set DEFAULT_FROM_EMAIL to an address at your domain")
    if is_shared(domain) or domain.endswith(project.platform.domain_suffix):
        why = f"nobody but {project.platform.title} can publish records for {domain}. Send from a domain of your own"
        return waiting("25.7", ran, why)
    if not sandbox.target.real:
        why = f"a rehearsal asks no name server. At a real target the records of {domain} are looked up"
        return undecided("25.7", ran, why)
    selectors = tuple(filter(None, [answers.get(SELECTOR)]))
    try:
        found = sender_records.checks(domain, provider, selectors, LOOK_UP())
    except sender_records.LookUpError as error:
        return undecided("25.7", ran, f"no name server answered: {error}")
    wrong = [check for check in found if not check.holds]
    showed = "; ".join(map(str, wrong or found))
    return sandbox.evidence("25.7", not wrong, "service", f"TXT records of {domain}", showed,
                            expected="one valid record each of SPF, DKIM and DMARC")  # fmt: skip
