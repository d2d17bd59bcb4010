"""Task 10, Run Security Check: `check --deploy` in the production environment without warnings.

A warning without a safe fix is silenced, with its reason in a file that is committed.
Source: Django, System check framework.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from steps.shared import middleware, settings_block, silenced_checks
from steps.shared.silenced_checks import FILE, SILENCED_BEFORE
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

REASONS = {
    "security.W005": "HSTS for subdomains affects every subdomain, and the platform's shared domain is not "
    "the project's own.",
    "security.W021": "HSTS preload is for a whole domain, and the platform's shared domain is not the project's own.",
    "security.W019": "The site shows its own pages in frames (SAMEORIGIN). Other sites cannot.",
    "security.W003": "Nothing checks CSRF tokens, so no view may authenticate by cookie alone. Add "
    "CsrfViewMiddleware if one does.",
    "security.W025": "The old key is kept so that nobody is logged out. Remove SECRET_KEY_FALLBACKS once the "
    "old sessions have expired.",
    "mail.E001": "No mail provider is chosen yet. Choose one before the site has to send mail.",
}
MIDDLEWARE = {"security.W001", "security.W002"}
FIXES = {
    # Django's default, so it needs no migration.
    "models.W042": 'DEFAULT_AUTO_FIELD = "django.db.models.AutoField"',
}
FIXED = MIDDLEWARE | FIXES.keys()
SETTINGS = {
    **dict.fromkeys(("security.W001", "security.W002", "security.W003", "security.W014"), "MIDDLEWARE"),
    **dict.fromkeys(("security.W004", "security.W005", "security.W021"), "SECURE_HSTS_SECONDS"),
    **dict.fromkeys(("security.W010", "security.W011", "security.W012"), "SESSION_COOKIE_SECURE"),
    **dict.fromkeys(("security.W013", "security.W015"), "SESSION_COOKIE_HTTPONLY"),
    "security.W006": "SECURE_CONTENT_TYPE_NOSNIFF",
    "security.W008": "SECURE_SSL_REDIRECT",
    "security.W009": "SECRET_KEY",
    "security.W016": "CSRF_COOKIE_SECURE",
    "security.W018": "DEBUG",
    "security.W019": "X_FRAME_OPTIONS",
    "security.W020": "ALLOWED_HOSTS",
    "security.W022": "SECURE_REFERRER_POLICY",
    "security.E023": "SECURE_REFERRER_POLICY",
    "security.E024": "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "security.W025": "SECRET_KEY_FALLBACKS",
}
"""The setting that each check is about. Source: Django, System check framework."""
WARNING = 30
MOST_NAMED = 6
"""The maximum number of checks that one evidence names."""


class SecurityCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        messages = _effective(project)
        findings = [Finding(f"{each['id']}: {each['text'].splitlines()[0]}", warning=True) for each in messages]
        return findings or [Finding("no warnings")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, remaining = Draft(), {message["id"]: message for message in _effective(project)}
        lines = middleware.enable_protection(project, draft) if MIDDLEWARE & remaining.keys() else []
        lines += [line for name, line in FIXES.items() if name in remaining]
        reasons = {name: _reason(message) for name, message in remaining.items() if name not in FIXED}
        silenced = sorted(name for name, reason in reasons.items() if name and reason)
        if silenced:
            names = (f'"{name}"' for name in silenced)
            lines.append(settings_block.append_to_list(project, "SILENCED_SYSTEM_CHECKS", *names))
        before = [name for name, text in silenced_checks.without_reason(project).items() if not text]
        written = {name: reasons[name] for name in silenced}
        written |= {name: REASONS.get(name, SILENCED_BEFORE) for name in before}
        if written:
            text = draft.content(project.root / FILE).decode() or "# Silenced deployment checks, with reasons\n\n"
            text += "".join(f"- `{name}`: {reason}\n" for name, reason in sorted(written.items()))
            draft.put(project.root / FILE, text.encode(), "reasons for the silenced checks")
        if lines:
            title = f"Deployment checks: see {FILE} for the reasons."
            settings_block.append(project, draft, title, lines, "fix or silence checks", only_production=False)
        return Plan.of(*draft.actions())

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        unexplained = silenced_checks.without_reason(project)
        # Clean are those that Golive would silence itself, and those whose reason only the author knows.
        hidden = [name for name, text in unexplained.items() if name not in REASONS and text != SILENCED_BEFORE]
        fixable = [message for message in _effective(project, hidden) if message["id"] in FIXED]
        showed = f"not fixed: {_names(fixable)}" if fixable else "no warning with a safe fix is left"
        yield shown(
            "10.1", not fixable, "settings", "deployment checks in the production environment", showed,
            expected="no warning with a safe fix", where=_place(project, fixable),
        )  # fmt: skip
        yield self._documented(project, unexplained)
        yield self._clean(project, sandbox, hidden)

    def _documented(self, project: Project, unexplained: dict[str, str]) -> Evidence:
        """Evidence for 10.2: each silenced check has its own reason, whether it warns now or not."""
        silenced = silenced_checks.listed(project)
        if not silenced:
            return not_applicable("10.2", "deployment checks", "no check is silenced")
        if not unexplained:
            return shown("10.2", True, "file", FILE, f"gives a reason for {', '.join(silenced)}")
        names, more = ", ".join(list(unexplained)[:MOST_NAMED]), len(unexplained) - MOST_NAMED
        names += f" and {more} more" if more > 0 else ""
        unwritten = [name for name, text in unexplained.items() if text == SILENCED_BEFORE]
        if len(unwritten) == len(unexplained):
            place = silenced_checks.place(project, unwritten[0])
            return waiting("10.2", FILE, f"write the reason for {names} in {place}")
        showed = f"no reason for {names}{project.set_by(silenced_checks.SETTING)}"
        if not (project.root / FILE).is_file():
            showed = f"{FILE} is missing, which has the reasons for {names}"
        expected, where = "a reason of its own for each silenced check", project.display_path(project.root / FILE)
        return shown("10.2", False, "file", FILE, showed, expected=expected, where=where)

    def _clean(self, project: Project, sandbox: Sandbox, hidden: list[str]) -> Evidence:
        done = sandbox.manage("check", "--deploy", "--fail-level", "WARNING", environment="production")
        remaining = _effective(project)
        without_id = [message["text"] for message in remaining if not message["id"] and message["level"] == WARNING]
        if done.returncode and without_id and len(without_id) == len(remaining):
            why = f"the only warnings left ({len(without_id)}) have no id, so they cannot be silenced: "
            return waiting("10.3", done.command, why + "; ".join(without_id))
        warned = [message for message in _effective(project, hidden) if message["silenced"] or done.returncode]
        showed = done.last_lines(1) if done.returncode == 0 else done.last_lines(12)
        if warned:
            kind = "silenced without a reason: " if done.returncode == 0 else ""
            showed = kind + "; ".join(
                f"{message['id']}: {excerpt(message['text'].splitlines()[0], 100)}" for message in warned[:3]
            )
        return shown(
            "10.3", done.returncode == 0 and not warned, "command", done.command, showed,
            expected="no issues, apart from silenced ones with a reason", where=_place(project, warned),
        )  # fmt: skip


def _names(messages: list[Answer]) -> str:
    return ", ".join(message["id"] for message in messages)


def _place(project: Project, messages: list[Answer]) -> str:
    """The line of the setting that the first of *messages* is about, or that silences it."""
    if not messages:
        return ""
    first = messages[0]
    name = silenced_checks.SETTING if first["silenced"] else SETTINGS.get(first["id"], "")
    return project.origin(name) or project.display_path(project.settings.main)


def _reason(message: Answer) -> str:
    """Return the reason to silence *message*, or an empty string if it must not be silenced."""
    known = REASONS.get(message["id"], "")
    if known or message["id"].startswith("security.") or message["level"] > WARNING:
        return known
    about = f" ({message['about']})" if message["about"] else ""
    text = " ".join(message["text"].split())
    return f"{text}{about} This is about the code, not the deployment, and it was there before."


def _effective(project: Project, hidden: Container[str] = ()) -> list[Answer]:
    """Return the warnings and errors that are not silenced, or whose ids are in *hidden*: silenced without a reason."""
    messages = project.inspect_settings()["messages"]
    return [
        message
        for message in messages
        if message["level"] >= WARNING and (not message["silenced"] or message["id"] in hidden)
    ]


STEP = SecurityCheck
