"""Classify what Railway says when it refuses a request: it has no error codes, only messages."""

from __future__ import annotations

import re

from wizard.targets.railway.railway_error import RailwayError

NO_LOGIN = re.compile(r"[Uu]nauthorized|Not signed in|login is no longer valid|Invalid RAILWAY_|Not Authorized")
LIMITED = re.compile(r"ratelimited", re.I)
NO_NETWORK = re.compile(
    r"Failed to fetch|error sending request|connection (reset|closed|refused)|dns error|timed out", re.I
)
TOO_LARGE = re.compile(r"too large|Payload", re.I)
PLAN = re.compile(
    r"\btrial\b|\bupgrade\b|\bplan\b|(usage|resource|provision|domain)\w* limit|limit (exceeded|reached)|billing|"
    r"payment|subscri(be|ption)|credits?\b",
    re.I,
)
REGION = re.compile(r"\bregion", re.I)
ABSENT = re.compile(r"not found|does not exist", re.I)
NO_SECOND_FACTOR = re.compile(r"Two.Factor", re.I)
LOG_IN = "Run `railway login`, or set RAILWAY_API_TOKEN to a token from https://railway.com/account/tokens."
PLANS = "https://railway.com/workspace/plans"
REGIONS = "https://docs.railway.com/reference/deployment-regions"
LARGEST_FILES = "git ls-files -z | xargs -0 du -h | sort -h | tail"
DASHBOARD = "Look at the project at https://railway.com/dashboard, then run the task again."
AGAIN = "Finished changes are kept."


def refusal(text: str, *, what: str) -> RailwayError:
    """The error for Railway's message *text*, which is redacted. *what* is what failed, if the message says no more."""
    said = f'"{text.rstrip(".")}"' if text else ""
    if NO_LOGIN.search(text) or "Project Token not found" in text:
        return RailwayError("login", "Railway refused the token or login", said, LOG_IN, status=401)
    if NO_SECOND_FACTOR.search(text):
        return RailwayError("login", "Railway asks for a second factor", said, "Run `railway login` in a terminal.")
    if LIMITED.search(text):
        hint = f"Wait as long as it says, then run the task again. {AGAIN}"
        return RailwayError("limited", "Railway limits the rate of requests", said, hint, status=429)
    if NO_NETWORK.search(text):
        hint = f"Check the network: `curl -I https://backboard.railway.com`. Then run the task again. {AGAIN}"
        return RailwayError("network", f"{what} lost the connection to Railway", said, hint)
    if "No linked project" in text or ABSENT.search(text):
        return RailwayError("absent", f"{what} failed at Railway", said, DASHBOARD)
    if TOO_LARGE.search(text):
        hint = f"Remove large files from git. This lists the largest: `{LARGEST_FILES}`."
        return RailwayError("large", f"{what} failed: Railway does not accept such a large upload", said, hint)
    if REGION.search(text):
        hint = f"Choose one of {REGIONS} in the service's settings in Railway's dashboard."
        return RailwayError("region", f"{what} failed: Railway does not accept the region", said, hint)
    if PLAN.search(text):
        hint = f"Choose or change the plan at {PLANS}, then run the task again. {AGAIN}"
        return RailwayError("plan", f"{what} failed: Railway's plan does not allow it", said, hint)
    return RailwayError("refused", f"{what} failed at Railway", said, DASHBOARD)
