"""Prove that UptimeRobot's alerts arrive: monitor an address that does not exist, and wait for the mail."""

from __future__ import annotations

from wizard.base.errors import ServiceError
from wizard.services.uptimerobot import UptimeRobot

MISSING_PATH = "golive-test-alert/"
"""A path that exists on no site."""


def send_test_alert(robot: UptimeRobot, host: str) -> str:
    """Cause an outage with a temporary monitor, and describe the alert that UptimeRobot sent.

    Raises:
        ServiceError: there was no outage in time, or no alert was sent.
    """
    monitor = robot.find_or_create_monitor(f"https://{host}/{MISSING_PATH}", "Golive: test alert")
    try:
        if not robot.wait_for_status(monitor, "DOWN"):
            why = f"monitor {monitor['id']} of a missing address is not down"
            raise ServiceError("UptimeRobot did not notice an outage within 15 minutes", why, "Run task 19 again.",
                               service="UptimeRobot")  # fmt: skip
        robot.wait_for(lambda: bool(robot.alerts(monitor)))
        sent = [alert for alert in robot.alerts(monitor) if alert.get("status") == "SUCCESS"]
    finally:
        robot.delete(monitor)
    if not sent:
        raise ServiceError("UptimeRobot sent no alert", "its incident has no mail",
                           "Confirm the e-mail contact: open the link in UptimeRobot's mail.",
                           service="UptimeRobot")  # fmt: skip
    recipient, time = sent[0].get("recipientValue"), sent[0].get("timestamp")
    return f"an outage of {MISSING_PATH} was noticed, and mailed to {recipient} at {time}"
