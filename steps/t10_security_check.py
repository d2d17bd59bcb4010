"""Task 10, Run Security Check: `check --deploy` in the production environment without warnings.

A warning without a safe fix is silenced, with its reason in a file that is committed.
Source: Django, System check framework.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import middleware, settings_block
from wizard.base import files
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
FILE = "DEPLOY_CHECKS.md"
SILENCED_BEFORE = "The project silenced it before Golive was used. Write the reason here."
WARNING = 30


class SecurityCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        findings = [
            Finding(f"{message['id']}: {message['text'].splitlines()[0]}", warning=True) for message in _open(project)
        ]
        return findings or [Finding("no warnings")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, remaining = Draft(), {message["id"]: message for message in _open(project)}
        lines = middleware.enable_protection(project, draft) if MIDDLEWARE & remaining.keys() else []
        lines += [line for name, line in FIXES.items() if name in remaining]
        reasons = {name: _reason(message) for name, message in remaining.items() if name not in FIXED}
        silenced = sorted(name for name, reason in reasons.items() if name and reason)
        if silenced:
            names = (f'"{name}"' for name in silenced)
            lines.append(settings_block.append_to_list(project, "SILENCED_SYSTEM_CHECKS", *names))
        written = {name: reasons[name] for name in silenced} | dict.fromkeys(_unexplained(project), SILENCED_BEFORE)
        if written:
            text = draft.content(project.root / FILE).decode() or "# Silenced deployment checks, with reasons\n\n"
            text += "".join(f"- `{name}`: {reason}\n" for name, reason in sorted(written.items()))
            draft.put(project.root / FILE, text.encode(), "reasons for the silenced checks")
        if lines:
            title = f"Deployment checks: see {FILE} for the reasons."
            settings_block.append(project, draft, title, lines, "fix or silence checks", only_production=False)
        return Plan.of(*draft.actions())

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        fixable = [message["id"] for message in _open(project) if message["id"] in FIXED]
        showed = f"not fixed: {', '.join(fixable)}" if fixable else "no warning with a safe fix is left"
        yield shown("10.1", not fixable, "settings", "deployment checks in the production environment", showed)
        silenced, unexplained = _silenced(project), _unexplained(project)
        if silenced:
            showed = f"gives a reason for {', '.join(silenced)}"
            if unexplained:
                showed = f"no reason for {', '.join(unexplained)}"
            yield shown("10.2", not unexplained, "file", FILE, showed)
        else:
            yield not_applicable("10.2", "deployment checks", "no check is silenced")
        yield self._clean(project, sandbox)

    def _clean(self, project: Project, sandbox: Sandbox) -> Evidence:
        done = sandbox.manage("check", "--deploy", "--fail-level", "WARNING", environment="production")
        remaining = _open(project)
        without_id = [message["text"] for message in remaining if not message["id"] and message["level"] == WARNING]
        if done.returncode and without_id and len(without_id) == len(remaining):
            why = f"the only warnings left ({len(without_id)}) have no id, so they cannot be silenced: "
            return waiting("10.3", done.command, why + "; ".join(without_id))
        showed = done.last_lines(1) if done.returncode == 0 else done.last_lines(12)
        return shown("10.3", done.returncode == 0, "command", done.command, showed)


def _reason(message: Answer) -> str:
    """Return the reason to silence *message*, or an empty string if it must not be silenced."""
    known = REASONS.get(message["id"], "")
    if known or message["id"].startswith("security.") or message["level"] > WARNING:
        return known
    about = f" ({message['about']})" if message["about"] else ""
    text = " ".join(message["text"].split())
    return f"{text}{about} This is about the code, not the deployment, and it was there before."


def _silenced(project: Project) -> list[str]:
    """Return the ids of the silenced warnings and errors."""
    messages = project.inspect_settings()["messages"]
    return sorted({message["id"] for message in messages if message["silenced"] and message["level"] >= WARNING})


def _unexplained(project: Project) -> list[str]:
    """Return the silenced checks without a reason in the file."""
    path = project.root / FILE
    written = files.text(path)
    return [name for name in _silenced(project) if f"`{name}`" not in written]


def _open(project: Project) -> list[Answer]:
    """Return the warnings and errors that are not silenced."""
    messages = project.inspect_settings()["messages"]
    return [message for message in messages if message["level"] >= WARNING and not message["silenced"]]


STEP = SecurityCheck
