"""Evidence for 25.6 through the site's own e-mail backend: a message that is discarded, or a dialogue with a server."""

from __future__ import annotations

import shlex

from steps.shared.mail_plans import address_of
from wizard.base.errors import NotYetError
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, undecided, waiting
from wizard.project import mail
from wizard.project.hosts import is_local
from wizard.project.mail import MailTrial, MailWay
from wizard.project.project import Project
from wizard.services.mail_providers import SIMULATOR, SUBJECT, TEXT, MailProvider
from wizard.targets.sandbox import Sandbox

ITEM = "25.6"
MESSAGE = "a test message to the mail provider"
DIALOGUE = "a login at the mail server, and a dialogue up to the recipient"
TO = "mail.test"
"""The answer with an address of the user's own, for services whose API Golive does not know."""
PORT = "import socket,sys;socket.create_connection((sys.argv[1],int(sys.argv[2])),15).close();print('reached')"
"""Opens the port of a mail server, with Python's standard library."""


def sent_through_backend(
    project: Project, sandbox: Sandbox, way: MailWay, provider: MailProvider | None, answers: Answers
) -> Evidence:
    """Evidence from a message that the site's own backend sends: to Amazon's simulator, or to the user's address."""
    to = SIMULATOR if provider else answers.get(TO)
    title = provider.title if provider else way.backend
    if not to:
        why = f"Golive does not know the API behind {title}. Answer {TO} with an address of yours for a test message"
        return waiting(ITEM, MESSAGE, why)
    sender = str(project.value("DEFAULT_FROM_EMAIL") or "")
    trial = mail.send_message(
        project, sandbox.target.environment(), way, sender=sender, to=to, subject=SUBJECT, text=TEXT
    )
    if trial.problem:
        return _refused(project, sandbox, MESSAGE, title, trial, permanent=_is_refusal(trial))
    return sandbox.evidence(
        ITEM, True, "service", MESSAGE, f"{title} accepted {trial.number or 'it'} from {address_of(sender)}"
    )


def _is_refusal(trial: MailTrial) -> bool:
    """Whether an API refused the message itself, and did not just limit their number."""
    return 400 <= trial.status < 500 and trial.status != 429 and "throttl" not in trial.problem.lower()


def _refused(
    project: Project, sandbox: Sandbox, ran: str, title: str, trial: MailTrial, *, permanent: bool
) -> Evidence:
    if not permanent:
        return undecided(ITEM, ran, f"{title}: {trial.problem}")
    where = project.origin("DEFAULT_FROM_EMAIL") or project.display_path(project.settings.main)
    expected = "the message is accepted"
    return sandbox.evidence(ITEM, False, "service", ran, f"{title}: {trial.problem}", expected=expected, where=where)


def server_evidence(project: Project, sandbox: Sandbox, way: MailWay, answers: Answers) -> Evidence:
    """Evidence from the mail server: a dialogue from this machine, and its port as the service reaches it."""
    target, name = sandbox.target, f"{way.host}:{way.port}"
    if not way.host or is_local(way.host):
        return undecided(ITEM, DIALOGUE, f"{way.host or 'no host'} is no mail server that the site reaches")
    if not target.real:
        return undecided(ITEM, DIALOGUE, "a rehearsal speaks to no mail server. At a real target Golive logs in there")
    if not target.may_write:
        return undecided(ITEM, DIALOGUE, "this check speaks to no mail server")
    sender = address_of(str(project.value("DEFAULT_FROM_EMAIL") or ""))
    to = answers.get(TO) or sender
    trial = mail.speak_to_server(project, target.environment(), way, sender=sender, to=to)
    if trial.recipient and to == sender:  # an address that only sends may have no mailbox
        why = f"{name} refuses the recipient {to}: {trial.problem}. Answer {TO} with an address of yours"
        return waiting(ITEM, DIALOGUE, why)
    if trial.problem:
        return _refused(project, sandbox, DIALOGUE, name, trial, permanent=trial.status >= 500)
    accepted = f"{name} accepted the login and the sender {sender} from this machine. Nothing was sent"
    command = f"$(command -v python3 || command -v python) -c {shlex.quote(PORT)} {shlex.quote(way.host)} {way.port}"
    try:
        answer = target.run_in_service(f"{command} 2>&1 || true")
    except NotYetError as error:
        why = f"Whether the service reaches this port was not seen: {error}"
        todo = "Ask for a password reset at the site, see that the mail comes, and run `golive confirm 25.6`"
        return waiting(ITEM, DIALOGUE, f"{accepted}. {why.rstrip('.')}. {todo}")
    if "reached" in answer.split():
        return sandbox.evidence(ITEM, True, "service", DIALOGUE, f"{accepted}. The service reaches its port")
    last = (answer.strip().splitlines() or ["no answer"])[-1]
    platform = project.platform
    showed = f"the service can't reach {name}: {last[:200]}"
    expected = f"an open port, as on the {platform.opening_plan} plan of {platform.title}"
    return sandbox.evidence(ITEM, False, "service", DIALOGUE, showed, expected=expected, where=way.setting)
