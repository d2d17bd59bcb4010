"""The imports of the screens: never the app, and no Textual in the plain session."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

SCREENS = Path(__file__).parents[2] / "screens"


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_screen_imports_the_app():
    modules = [path for path in SCREENS.rglob("*.py") if path.name != "app.py"]
    assert len(modules) > 30
    assert [path.name for path in modules if "screens.app" in imported_by(path)] == []


def test_the_plain_session_does_not_load_textual():
    code = "import sys, screens.plain.session; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=SCREENS.parent, check=False).returncode == 0
