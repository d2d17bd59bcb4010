"""Which folders a person trusts: looking at a Django project runs its code, so nobody's is looked at unasked."""

from __future__ import annotations

import json
from pathlib import Path

from platformdirs import user_config_path

WHY = "To see how a project is set up, Golive runs its code, as manage.py does, with your rights on this machine."
QUESTION = "Do you trust the code in this folder?"


def _file() -> Path:
    return user_config_path("golive") / "trusted.json"


def _known() -> list[str]:
    try:
        known = json.loads(_file().read_bytes())["trusted"]
        return [each for each in known if isinstance(each, str)] if isinstance(known, list) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def is_trusted(folder: Path) -> bool:
    """Whether the person trusts *folder*, its links followed, or one above it."""
    real = folder.resolve()
    return any(real.is_relative_to(each) for each in _known())


def trust(folder: Path) -> None:
    """Remember that *folder* is trusted; where that can't be written, the next session asks again."""
    from wizard import files
    from wizard.errors import EditError

    known = sorted({*_known(), str(folder.resolve())})
    try:
        files.write(_file(), json.dumps({"trusted": known}, indent=1).encode() + b"\n", mode=0o600)
    except EditError:
        return
