"""An app that runs the user's other programs: the editor, the browser, and programs that need the terminal."""

from __future__ import annotations

import shlex
import subprocess
from functools import partial
from pathlib import Path

from textual.app import SuspendNotSupported

from screens.engine_work import EngineApp
from wizard.base.preferences import NO_EDITOR, editor_command
from wizard.base.process import own_environment

LINE_EDITORS = {"vi", "vim", "nvim", "nano", "emacs", "micro", "hx"}
"""Editors that accept `+LINE` before the file."""


class OutsideProgramsApp(EngineApp):
    def run_in_terminal(self, argv: list[str]) -> int:
        """Run *argv* in the user's terminal, from the engine's thread; returns its exit code."""
        return self.call_from_thread(self.run_suspended, argv)

    def run_suspended(self, argv: list[str]) -> int:
        """Suspend the app, run *argv* in the terminal, and resume; returns its exit code."""
        assert self.engine_session is not None
        try:
            with self.suspend():
                folder, environment = self.engine_session.engine.project.root, own_environment()
                code = subprocess.run(argv, cwd=folder, env=environment, check=False).returncode
        except SuspendNotSupported:
            command = shlex.join(argv)
            self.notify(f"Run this in another terminal: {command}", title="Cannot suspend this terminal", timeout=15)
            return 1
        except OSError as error:
            hint = NO_EDITOR
            self.notify(f"Cannot start {argv[0]}: {error.strerror}. {hint}", severity="error", timeout=10)
            return 127
        self.refresh(layout=True)
        return code

    def edit_file(self, path: Path, line: int = 1) -> None:
        """Open *path* in the user's editor, at *line* if the editor supports that."""
        editor = editor_command()
        position = [f"+{line}"] if Path(editor[0]).name in LINE_EDITORS else []
        self.run_suspended([*editor, *position, str(path)])

    def open_address(self, url: str) -> None:
        """Open *url* in the user's browser, or show it if no browser is available."""
        from wizard.base.browser import is_remote_session, open_url

        if self.is_web:
            self.open_url(url)
            return
        self.copy_to_clipboard(url)
        if is_remote_session():
            self.notify(url, title="No browser here. The address is in the clipboard.", timeout=15)
        else:
            self.run_worker(partial(open_url, url), thread=True, group="browser")

    def show_report(self, path: Path) -> None:
        """Show the HTML report at *path* in the browser."""
        if self.is_web:
            self.deliver_text(path, open_method="browser", mime_type="text/html")
        else:
            self.open_address(path.as_uri())
