"""Grade content security policies by the rules of MDN's HTTP Observatory (algorithm version 6)."""

from __future__ import annotations

import re

BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
ACTIVE = ("script-src", "style-src", "object-src", "connect-src", "frame-src", "child-src", "worker-src", "font-src")
REPEATABLE = {"report-uri", "report-to"}

Policy = dict[str, list[str]]


def parse(text: str) -> Policy | None:
    """The directives of one policy with their sources; None if it is too short or has a duplicate directive."""
    if len(text.strip()) < 6:
        return None
    policy: Policy = {}
    for part in text.split(";"):
        words = part.split()
        if not words:
            continue
        name = words[0].lower()
        if name in policy and name not in REPEATABLE:
            return None
        policy[name] = words[1:] or (["'none'"] if name.endswith("-src") else [])
    return policy


def sources(policies: list[Policy], name: str) -> list[str] | None:
    """The sources that all *policies* allow for *name*, or else for default-src; None if no policy restricts it."""
    allowed: list[str] | None = None
    for policy in policies:
        own = policy.get(name, policy.get("default-src") if name != "frame-ancestors" else None)
        if own is None:
            continue
        lowered = [each.lower() for each in own]
        allowed = lowered if allowed is None else [each for each in allowed if each in lowered] or ["'none'"]
    return allowed


def grade(texts: list[str]) -> tuple[str, int]:
    """Grade the policies of one response: the outcome in words, and its points."""
    found = [parse(part) for text in texts for part in text.split(",")]
    if not found or any(policy is None for policy in found):
        return ("absent" if not found else "invalid"), -25
    policies = [policy for policy in found if policy is not None]
    script = _effective(sources(policies, "script-src") or ["*"])
    style = _effective(sources(policies, "style-src") or ["*"])
    objects = sources(policies, "object-src") or ["*"]
    if script is None or style is None:
        return "invalid", -25
    if BROAD & set(script) or {"'unsafe-inline'", "data:"} & set(script) or BROAD & set(objects):
        return "unsafe-inline or too broad in scripts", -20
    if any(_insecure(each) for name in ACTIVE for each in sources(policies, name) or []):
        return "http: in active content", -20
    if "'unsafe-eval'" in [*script, *style]:
        return "unsafe-eval", -10
    if any(_insecure(each) for name in ("img-src", "media-src") for each in sources(policies, name) or []):
        return "http: in passive content", -10
    if BROAD & set(style) or {"'unsafe-inline'", "data:"} & set(style):
        return "unsafe-inline in style only", 0
    if sources(policies, "default-src") == ["'none'"]:
        return "no unsafe and default-src 'none'", 10
    return "no unsafe", 5


def _insecure(source: str) -> bool:
    return source.startswith(("http:", "ftp:"))


def _effective(found: list[str]) -> list[str] | None:
    """The sources that a nonce, a hash or 'strict-dynamic' leaves active; None if 'strict-dynamic' has neither."""
    trusted = any(re.match(r"'(nonce|sha(256|384|512))-", each) for each in found)
    if "'strict-dynamic'" in found:
        if not trusted:
            return None
        return [each for each in found if each not in {"'self'", "'unsafe-inline'"} and not re.fullmatch(r"\w+:", each)]
    return [each for each in found if each != "'unsafe-inline'"] if trusted else found
