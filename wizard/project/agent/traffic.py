"""Start the egress guard and the mailbox's delivery in this process."""

import os

from . import egress, egress_drivers, mail, payments

STARTED, MAILED = [], []
GIVEN = os.environ.get(egress.FOLDER)
"""The folder of the configuration and the records. The agent forgets its variables before the project's code runs."""
MAILS = {"serve", "get", "collect", "log", "start", "migrate", "user"}
"""The agent's operations in which the site may send mail. Others read the settings, so they stay as they are."""


def start(top, *, mails=True):
    """Guard this process once, if the variable GOLIVE_TRAFFIC was given. A copy of a guarded process is guarded.

    Arguments:
        top: the project's own folder.
        mails: whether mail is kept too.
    """
    if not GIVEN:
        return
    found = egress.configuration(GIVEN)
    if not STARTED:
        STARTED.append(egress.Guard(GIVEN, top))
        egress_drivers.install(STARTED[0], int(found.get("proxy") or 0))
        payments.install(found.get("services") or {})
    if mails and not MAILED:
        MAILED.append(mail.Delivery(int(found.get("mail") or 0)))
        MAILED[0].install()


def start_for(request):
    """Guard a child of the agent that answers *request*: loading the settings can already send something.

    Only a server for a real target is not guarded.
    """
    if request.get("guarded", True):
        start(request.get("top") or request["cwd"], mails=request.get("guarded") or request["op"] in MAILS)
