"""Task 10, Run Security Check: `check --deploy` under production's environment, until it is clean.

A warning without a safe fix is silenced with its reason, in the settings and in a file that can be committed.
Source: Django's system check reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import middleware, settings_block
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.interpreter import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

REASONS = {
    "security.W005": "HSTS for subdomains binds every subdomain; on the platform's shared domain they are not "
    "ours to promise.",
    "security.W021": "HSTS preload is for a whole domain of one's own; on the platform's shared domain it is "
    "not ours to ask for.",
    "security.W019": "The site shows its own pages in frames (SAMEORIGIN); other sites can't.",
    "security.W003": "No view may authenticate by cookie alone, since nothing checks CSRF tokens; add "
    "CsrfViewMiddleware if one does.",
    "security.W025": "The old key is kept so that nobody is logged out; drop SECRET_KEY_FALLBACKS after the "
    "sessions' lifetime.",
    "mail.E001": "No mail provider is chosen yet; choose one before the site has to send mail.",
}
MIDDLEWARE = {"security.W001", "security.W002"}
FIXES = {
    # What Django uses without the setting: no migration follows from it.
    "models.W042": 'DEFAULT_AUTO_FIELD = "django.db.models.AutoField"',
}
FIXED = MIDDLEWARE | FIXES.keys()
FILE = "DEPLOY_CHECKS.md"
BEFORE = "The project silenced it before Golive came; whoever did knows why, and should write it here."
WARNING = 30


class SecurityCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        return [Finding(f"{each['id']}: {each['text'].splitlines()[0]}", warning=True) for each in _open(project)] or [
            Finding("no warnings")
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, remaining = Draft(), {each["id"]: each for each in _open(project)}
        lines = middleware.enable_protection(project, draft) if MIDDLEWARE & remaining.keys() else []
        lines += [line for name, line in FIXES.items() if name in remaining]
        reasons = {name: _reason(each) for name, each in remaining.items() if name not in FIXED}
        silenced = sorted(name for name, reason in reasons.items() if name and reason)
        if silenced:
            names = (f'"{name}"' for name in silenced)
            lines.append(settings_block.append_to_list(project, "SILENCED_SYSTEM_CHECKS", *names))
        told = {name: reasons[name] for name in silenced} | dict.fromkeys(_unexplained(project), BEFORE)
        if told:
            head = draft.content(project.root / FILE).decode() or "# Deployment checks that stay silent, and why\n\n"
            entries = "".join(f"- `{name}`: {reason}\n" for name, reason in sorted(told.items()))
            draft.put(project.root / FILE, (head + entries).encode(), "the reasons, to be committed")
        if lines:
            title = f"Deployment checks: the reasons stand in {FILE}."
            settings_block.append(project, draft, title, lines, "check --deploy clean", only_production=False)
        return Plan.of(*draft.actions())

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        left = _open(project)
        fixable = [each["id"] for each in left if each["id"] in FIXED]
        yield shown(
            "10.1",
            not fixable,
            "settings",
            "deployment checks under production's environment",
            "no warning with a safe fix is left" if not fixable else ", ".join(fixable),
        )
        silent, unexplained = _silent(project), _unexplained(project)
        if silent:
            yield shown(
                "10.2",
                not unexplained,
                "file",
                FILE,
                f"gives a reason for {', '.join(silent)}"
                if not unexplained
                else f"no reason for {', '.join(unexplained)}",
            )
        else:
            yield not_applicable("10.2", "deployment checks", "nothing had to be silenced")
        done = sandbox.manage("check", "--deploy", "--fail-level", "WARNING", environment="production")
        nameless = [each["text"] for each in _open(project) if not each["id"] and each["level"] == WARNING]
        if done.returncode and nameless and len(nameless) == len(_open(project)):
            told = f"clean but for {len(nameless)} that carry no id, so that nothing can silence them: "
            yield waiting("10.3", done.command, told + "; ".join(nameless))
            return
        yield shown(
            "10.3",
            done.returncode == 0,
            "command",
            done.command,
            done.last_lines(1) if done.returncode == 0 else done.last_lines(12),
        )


def _reason(message: Answer) -> str:
    """Why *message* may stay silent; empty when it may not."""
    known = REASONS.get(message["id"], "")
    if known or message["id"].startswith("security.") or message["level"] > WARNING:
        return known
    about = f" ({message['about']})" if message["about"] else ""
    return f"{' '.join(message['text'].split())}{about} It concerns the code, not its deployment, and was there before."


def _silent(project: Project) -> list[str]:
    return sorted(
        {each["id"] for each in project.inspect_settings()["messages"] if each["silenced"] and each["level"] >= WARNING}
    )


def _unexplained(project: Project) -> list[str]:
    """What is silent without a line in the file of reasons."""
    path = project.root / FILE
    written = files.text(path)
    return [name for name in _silent(project) if f"`{name}`" not in written]


def _open(project: Project) -> list[Answer]:
    """Warnings and errors that are not silenced."""
    return [
        each for each in project.inspect_settings()["messages"] if each["level"] >= WARNING and not each["silenced"]
    ]


STEP = SecurityCheck
