"""Start the egress guard and the mailbox's delivery in this process."""

import os

from . import egress, egress_drivers, mail, payments

STARTED = []
GIVEN = os.environ.get(egress.FOLDER)
"""The folder of the configuration and the records. The agent forgets its variables before the project's code runs."""
GUARDED = {"serve", "get", "collect", "log", "start", "migrate", "user"}
"""The agent's operations that run the project's code on a scratch database. Others may ask a real one."""


def start(top):
    """Guard this process once, if the variable GOLIVE_TRAFFIC was given. *top* is the project's own folder."""
    if STARTED or not GIVEN:
        return
    STARTED.append(egress.Guard(GIVEN, top))
    found = egress.configuration(GIVEN)
    egress_drivers.install(STARTED[0], int(found.get("proxy") or 0))
    payments.install(found.get("services") or {})
    mail.Delivery(int(found.get("mail") or 0)).install()


def start_for(request):
    """Guard a child of the agent that answers *request*, if it runs the project's code for a rehearsal."""
    if request.get("guarded", request["op"] in GUARDED):
        start(request.get("top") or request["cwd"])
