"""Troubleshooting: each hint of a guide is run as a probe, and the likely cause comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wizard.checklist import Guide, Hint
from wizard.secrets import redact


@dataclass(frozen=True)
class Diagnosis:
    """A hint, whether its probe confirmed it (None: it can't be told from here), and what the probe saw."""

    guide: Guide
    hint: Hint
    confirmed: bool | None
    seen: str

    def as_record(self) -> dict[str, Any]:
        return {
            "guide": self.guide.id,
            "hint": self.hint.text,
            "confirmed": self.confirmed,
            "seen": redact(self.seen),
            "fix": self.hint.fix,
        }
