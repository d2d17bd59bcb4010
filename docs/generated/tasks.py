"""The page of each task: what changes, what proves it, what to do when it fails, how to undo it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from generated.answers import known_answers
from generated.markdown import anchor, code, escape, table
from wizard.checklist.model import Checklist, Guide, Task

WAYS = {
    "auto": "automatic",
    "assisted": "automatic, after your answer or login",
    "by hand": "you confirm it",
}
CREATES = {
    12: "Golive creates the Railway project, its web service with a domain, and a PostgreSQL database, unless they "
        "exist. You see the price first.",
    14: "Golive creates the Sentry project and its client key (DSN), unless they exist.",
    15: "Golive sets the variables of the web service, all in one change.",
    17: "Golive starts a deployment and follows it until it has succeeded or failed.",
    18: "Golive creates a superuser with a generated password. It loads your fixture if you answer `seed: yes`.",
    19: "Golive creates an uptime monitor. For about a minute it creates a second one on a missing page, to send a "
        "test alert.",
    20: "Golive deploys the project again if it has changed since the last deployment.",
    23: "Golive deploys twice: with a view that raises an error, and without it again.",
    25: "Golive sends one test message to an address of your mail provider that discards it.",
}  # fmt: skip
"""What a task creates at the services with `--target railway`."""
ANSWERS = {
    3: ("hsts.subdomains",),
    6: ("break",),
    7: ("rates.login", "rates.signup", "rates.order"),
    8: ("freeze",),
    11: ("target", "railway.install"),
    12: ("costs", "railway.project", "railway.workspace", "railway.service", "railway.link"),
    14: ("sentry.organisation", "sentry.team", "sentry.project", "report.404"),
    15: ("frontend",),
    16: ("migrate", "push"),
    17: ("rollback",),
    18: ("superuser.username", "superuser.email", "seed"),
    25: ("mail.provider", "mail.sender", "mail.dkim", "mail.test", "ssh"),
    26: ("uploads", "uploads.public", "uploads.region", "ssh"),
}
"""The answers that a task reads."""
EVIDENCE = re.compile(
    r"- (?P<sign>\S) (?P<item>[\w.]+) (?P<text>.*?) \((?P<status>[\w ]+)\): `(?P<ran>.*?)` → (?P<showed>.*)"
)
NO_CHANGE = {"- nothing", "- no changes", "- Nothing", "- No changes"}


@dataclass
class Recorded:
    """The part of the recorded walk about one task."""

    changes: list[str] = field(default_factory=list)
    evidence: dict[str, re.Match[str]] = field(default_factory=dict)


def read_walk(text: str) -> dict[int, Recorded]:
    """Parse walk.md. Lines that begin with a status symbol and an item are evidence, other list lines are changes."""
    found: dict[int, Recorded] = {}
    for part in re.split(r"^## (?=\d)", text, flags=re.MULTILINE)[1:]:
        recorded = found[int(part.split(".")[0])] = Recorded()
        for line in part.splitlines():
            if match := EVIDENCE.fullmatch(line):
                recorded.evidence[match["item"]] = match
            elif line.startswith("- ") and line not in NO_CHANGE:
                recorded.changes.append(line)
    return found


def page(task: Task, checklist: Checklist, walk: Recorded) -> str:
    """Return the page of *task*."""
    lines = [
        f"# {task.number}. {task.title}", "",
        f"Day {task.day}, {task.session.lower()}. By hand this takes about {task.minutes} minutes.", "",
        *([escape(task.why), ""] if task.why else []),
        "```console", f"$ golive plan {task.number}", f"$ golive --auto --only {task.number}", "```", "",
        "The first command shows the changes without making them. The second makes and verifies them.", "",
        *_changes(task, walk), *_evidence(task, walk), *_failure(task, checklist), *_undo(task, walk), *_answers(task),
    ]  # fmt: skip
    if task.commands:
        lines += ["## Without Golive", "", "The same by hand:", "", "```shell", *task.commands, "```", ""]
    if task.links:
        lines += ["## Learn more", ""]
        links = [checklist.links.get(name) for name in task.links]
        lines += [f"- [{link.title}]({link.url})" if link else f"- <{name}>"
                  for name, link in zip(task.links, links, strict=True)]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _changes(task: Task, walk: Recorded) -> list[str]:
    lines = ["## What changes", ""]
    if walk.changes:
        lines += ["On the sample shop, Golive made these changes. `golive plan` shows those for your project.", ""]
        lines += [*walk.changes, ""]
    elif not walk.evidence:
        lines += [
            "The recorded walk does not include this task. `golive plan` shows what it would change.",
            "",
        ]
    else:
        lines += ["Nothing had to change in the sample shop. `golive plan` shows what your project needs.", ""]
    if task.files:
        lines += [f"Files that this task may edit: {', '.join(code(name) for name in task.files)}.", ""]
    if task.number in CREATES:
        lines += [f"With `--target railway`: {CREATES[task.number]}", ""]
    return lines


def _evidence(task: Task, walk: Recorded) -> list[str]:
    rows = []
    for item in task.items:
        match = walk.evidence.get(item.id)
        seen = f"{match['sign']} {code(match['ran'])} → {escape(match['showed'])}" if match else "not recorded"
        rows.append((f"{item.id} {escape(item.text)}", WAYS[item.way], seen))
    return [
        "## What proves it", "",
        "What Golive ran or read on the sample shop, and what it found. `✔` means done. `◐` means rehearsed:",
        "verified on one machine only, not on a public site.", "",
        *table(("Item", "How", "Evidence"), rows), "",
    ]  # fmt: skip


def _failure(task: Task, checklist: Checklist) -> list[str]:
    lines = ["## When it fails", ""]
    guides = checklist.guides_for(task)
    if not guides:
        return [
            *lines,
            "The message names the cause and the next step. Fix it, then run the task again. Finished parts are kept,",
            "unfinished changes are rolled back.", "",
        ]  # fmt: skip
    lines += [
        "Golive rolls back unfinished changes, runs the checks of these guides, and lists the confirmed causes first.",
        "In the guided session, `f` applies a fix where Golive has one.", "",
    ]  # fmt: skip
    for guide in guides:
        lines += [f"**[{guide.title}](../reference/troubleshooting.md#{anchor(guide.title)})**", "", *hints(guide), ""]
    return lines


def hints(guide: Guide) -> list[str]:
    """Return the hints of *guide* as a table."""
    return table(("Check", "Fix"), [(escape(hint.text), escape(hint.fix)) for hint in guide.hints])


def _undo(task: Task, walk: Recorded) -> list[str]:
    lines = ["## Undo", ""]
    if any("Take a break" not in line for line in walk.changes) or not walk.evidence:
        lines += [
            "```console", f"$ golive undo {task.number}", "```", "",
            "This shows what it will restore, asks, and restores every file byte for byte. If you or a later task",
            "changed the same files, nothing is restored, and Golive names the tasks to undo together. See",
            "[Undo changes](../how-to/undo.md).", "",
        ]  # fmt: skip
    elif walk.evidence:
        lines += ["This task changed nothing in the sample shop, so there is nothing to undo.", ""]
    if task.number in CREATES:
        lines += ["Golive deletes nothing at Railway, Sentry or UptimeRobot. Delete those services there.", ""]
    return lines


def _answers(task: Task) -> list[str]:
    known = known_answers()
    rows = [(code(name), escape(known[name].text), code(known[name].default)) for name in ANSWERS.get(task.number, ())]
    if not rows:
        return []
    link = "Give them in the guided session or in an [answers file](../reference/answers.md)."
    return ["## Answers", "", link, "", *table(("Answer", "Question", "Default"), rows), ""]


def index(checklist: Checklist) -> str:
    """Return the table of contents of the task pages."""
    lines = [f"# The {len(checklist.required_tasks)} tasks", "", escape(checklist.summary), ""]
    for day in checklist.days:
        lines += [
            "```{toctree}",
            f":caption: 'Day {day.number}: {day.title}{' (optional)' * day.optional}'",
            ":maxdepth: 1",
            "",
        ]
        lines += [f"{task.number:02}" for task in day.tasks]
        lines += ["```", ""]
    return "\n".join(lines)
