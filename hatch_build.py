"""Build hook: records the commit that a wheel or sdist was built from, and limits an sdist to files in git."""

from __future__ import annotations

import json
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = "wizard/bundled/build.json"


class BuildFacts(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheel and sdist. A wheel that is built from an sdist keeps the facts of the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        top = Path(self.root)
        if self.target_name == "sdist" and (top / ".git").exists():
            tracked = self._git("ls-files", "-z").split("\0")
            self.build_config.target_config["only-include"] = [name for name in tracked if (top / name).is_file()]
        if version == "editable" or (top / INSIDE).is_file() or not (top / ".git").exists():
            return
        committed = datetime.fromtimestamp(int(self._git("log", "-1", "--format=%ct")), UTC)
        commit = self._git("describe", "--always", "--dirty=+", "--abbrev=9", "--exclude=*")
        facts = {"commit": commit, "date": committed.date().isoformat()}
        self.temporary = tempfile.TemporaryDirectory()
        path = Path(self.temporary.name) / "build.json"
        path.write_text(json.dumps(facts) + "\n")
        build_data["force_include"][str(path)] = INSIDE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "temporary"):
            self.temporary.cleanup()

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()
