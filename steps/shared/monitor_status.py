"""The status of the uptime monitor, as evidence: with what to do if it is not up."""

from __future__ import annotations

from typing import Any

from wizard.services.uptimerobot import DASHBOARD, PAUSED, UptimeRobot


def wait_until_up(robot: UptimeRobot, monitor: dict[str, Any]) -> tuple[bool, str]:
    """Wait until *monitor* is up, but not if it is paused. Whether it is, and its status in words."""
    up = robot.wait_for_status(monitor, "UP")
    status = robot.read(monitor)["status"]
    showed = f"GET {monitor['url']}: {status}"
    if status == PAUSED:
        return False, f"{showed}, so it sends no alert. Resume it at {DASHBOARD}/{monitor['id']}"
    if not up and (incident := robot.incident(monitor)):
        showed += f": {incident.get('reason', 'no reason')}"
    return up, showed
