"""Cron jobs of the Railway double: which schedules it refuses, and a run of a service on its schedule.

Source: Railway's documentation of cron jobs.
"""

from __future__ import annotations

import subprocess

FIVE_MINUTES = "Cron schedules can not run more often than every 5 minutes"


def cron_refusal(schedule):
    """Why Railway refuses *schedule*; empty if it accepts it."""
    fields = schedule.split()
    if len(fields) != 5:
        return "Invalid cron expression"
    minute = fields[0]
    often = minute == "*" or (minute.startswith("*/") and int(minute[2:]) < 5)
    return FIVE_MINUTES if often else ""


def run_due(cloud, service, next_run):
    """Run the start command of *service* once, to its end, as its schedule does. *next_run* is when it runs again."""
    project, deployment = cloud.projects[service["project"]], cloud.of(service)[0]
    environment = cloud.builder._environment(project, service, deployment)
    done = subprocess.run(["/bin/sh", "-c", service["settings"]["startCommand"]], cwd=deployment.folder,
                          env=environment, capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
    for line in (done.stdout + done.stderr).splitlines():
        deployment.say(line)
    deployment.instances = ["CRASHED" if done.returncode else "EXITED"]
    service["next_run"] = next_run
