"""Evidence from outside: the provider takes a test message, and the sender's domain has its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

from steps.shared import derived_journeys
from steps.shared.mail_plans import address_of, sender_problem
from steps.shared.mail_trials import MESSAGE, TO, sent_through_backend, server_evidence
from wizard.base.errors import ServiceError
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import NO_VALUE, Evidence, undecided, waiting
from wizard.project import mail
from wizard.project.hosts import is_shared
from wizard.project.mail import MailWay
from wizard.project.project import Project
from wizard.services import sender_records
from wizard.services.domain_records import WantedRecord, sender_domain
from wizard.services.mail_providers import (
    MESSAGES,
    SES_VARIABLES,
    MailProvider,
    provider_of,
    send_test_message,
)
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
    more.append(Question(SELECTOR, text, "", why, pattern=r"[\w.-]*"))
    way = mail.sending_way(mail.ways(project))
    if way.family == "smtp":
        return [*more, *sandbox.target.command_questions()]
    if way.family or way.error or provider_of(way.backend):
        return more
    why = "Golive does not know the API of this e-mail backend. Leave it empty to send nothing."
    text = "To which address of yours may Golive send one test message?"
    return [*more, Question(TO, text, "", why, pattern=r"([^@\s]+@[^@\s]+\.[^@\s]+)?")]


def remark(project: Project, sandbox: Sandbox, provider: MailProvider) -> str:
    """What the person has to do for *provider*."""
    page = sandbox.checklist.services[provider.name].sign_up
    return f"Sign up at {page}, verify your domain there, and set {', '.join(provider.variables)} in .env.production."


def evidence(project: Project, sandbox: Sandbox, way: MailWay, answers: Answers) -> Iterator[Evidence]:
    """Evidence for 25.6 and 25.7."""
    provider = provider_of(way.backend)
    yield _message(project, sandbox, way, provider, answers)
    yield _records(project, sandbox, provider, answers)


def _message(
    project: Project, sandbox: Sandbox, way: MailWay, provider: MailProvider | None, answers: Answers
) -> Evidence:
    """Evidence for 25.6."""
    if way.family == "smtp":
        return server_evidence(project, sandbox, way, answers)
    if way.error or way.nowhere:
        return undecided("25.6", MESSAGE, "no mail leaves, see 25.1")
    target = sandbox.target
    if provider and (missing := _missing(provider, project.service_values())):
        page = sandbox.checklist.services[provider.name].sign_up
        return waiting("25.6", missing[0], f"{NO_VALUE}. Sign up at {page}, and create a key")
    why = ""
    if not target.real:
        why = "a rehearsal sends nothing to the provider. It is sent at a real target"
    elif not target.may_write:
        why = "this check sends no mail"
    if why:
        return undecided("25.6", MESSAGE, why)
    if provider is None or provider.name not in MESSAGES:
        return sent_through_backend(project, sandbox, way, provider, answers)
    return _sent(project, sandbox, provider)


def _missing(provider: MailProvider, values: Mapping[str, str]) -> list[str]:
    """The variables of *provider* that have no value. Amazon's client and other libraries read other names, too."""
    if provider.name != "amazon_ses" or any(name in values for name in SES_VARIABLES):
        return [name for name in provider.variables if not values.get(name)]
    ends = {name: name.removeprefix("AWS_SES") for name in SES_VARIABLES[:2]}
    return [name for name, end in ends.items() if not any(each.endswith(end) and values[each] for each in values)]


def _sent(project: Project, sandbox: Sandbox, provider: MailProvider) -> Evidence:
    """Evidence for 25.6 from a message that is sent."""
    sender, values = address_of(_sender(project)), project.service_values()
    domain, key, refused = sender.rpartition("@")[2], values[provider.key], ""
    with closing(sandbox.target.mail_client(provider.name)) as client:
        try:
            number = send_test_message(client, provider, key, sender, values)
            if provider.checks_format_only:
                known = sender_domain(client, provider, key, domain)
                refused = "" if known and known.verified else f"{domain} is not authenticated there"
        except ServiceError as error:
            if not 400 <= error.status < 500 or error.status == 429:
                return undecided("25.6", MESSAGE, f"{provider.title}: {error.why or error}")
            refused = error.why or str(error)
    if refused:
        where = project.origin("DEFAULT_FROM_EMAIL") or project.display_path(project.settings.main)
        return sandbox.evidence("25.6", False, "service", MESSAGE, f"{provider.title}: {refused}",
                                expected="the message is accepted", where=where)  # fmt: skip
    return sandbox.evidence("25.6", True, "service", MESSAGE, f"{provider.title} accepted {number} from {sender}")


def _sender(project: Project) -> str:
    return str(project.value("DEFAULT_FROM_EMAIL") or "")


def _records(project: Project, sandbox: Sandbox, provider: MailProvider | None, answers: Answers) -> Evidence:
    """Evidence for 25.7."""
    sender = address_of(_sender(project))
    domain, ran = sender.rpartition("@")[2], "SPF, DKIM and DMARC in the domain name system"
    if problem := sender_problem(sender):
        return waiting("25.7", ran, f"{problem}. Set DEFAULT_FROM_EMAIL to an address at your domain")
    if is_shared(domain) or domain.endswith(project.platform.domain_suffix):
        why = (
            f"nobody but {project.platform.title} can publish records for {domain}. Set DEFAULT_FROM_EMAIL to an "
            "address at a domain of your own"
        )
        return waiting("25.7", ran, why)
    if not sandbox.target.real:
        why = f"a rehearsal asks no name server. At a real target the records of {domain} are looked up"
        return undecided("25.7", ran, why)
    selectors = tuple(filter(None, [answers.get(SELECTOR)]))
    try:
        found = sender_records.checks(
            domain, provider, LOOK_UP(), selectors, _wanted(project, sandbox, provider, domain)
        )
    except sender_records.LookUpError as error:
        return undecided("25.7", ran, f"no name server answered: {error}")
    wrong = [check for check in found if not check.holds]
    showed = "; ".join(map(str, wrong or found))
    return sandbox.evidence("25.7", not wrong, "service", f"TXT records of {domain}", showed,
                            expected="one valid record each of SPF, DKIM and DMARC", where=domain)  # fmt: skip


def _wanted(project: Project, sandbox: Sandbox, provider: MailProvider | None, domain: str) -> tuple[WantedRecord, ...]:
    """The records that the provider shows for *domain*. None without a key that may read them."""
    key = project.service_values().get(provider.key, "") if provider else ""
    if provider is None or not key:
        return ()
    with closing(sandbox.target.mail_client(provider.name)) as client:
        try:
            known = sender_domain(client, provider, key, domain)
        except ServiceError:
            return ()
    return known.records if known else ()
