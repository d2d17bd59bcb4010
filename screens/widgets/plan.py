"""A plan as text: what is known, what will be done, and each diff."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from wizard.plan import Finding, Plan
from wizard.secrets import redact

STYLES = {"+": "green", "-": "red", "@": "cyan"}


def plan_text(plan: Plan, findings: list[Finding], top: Path) -> Text:
    """*findings* and *plan*; files are named as they are below *top*."""
    text = Text()
    for finding in findings:
        line = redact(str(finding)).replace(f"{top}/", "")
        text.append(f"{'!' if finding.warning else '·'} {line}\n", "yellow" if finding.warning else "")
    for remark in plan.remarks:
        text.append(f"· {redact(remark)}\n")
    if not plan.actions:
        text.append("Nothing to change.\n", "bold")
    for number, action in enumerate(plan.actions, 1):
        text.append(f"\n{number}. {redact(action.describe())}\n", "bold")
        for line in redact(action.preview()).splitlines():
            text.append(f"   {line}\n", STYLES.get(line[:1], "dim"))
    return text
