"""An app with the user's preferences: theme, layout of diffs, editor and keys. The command palette changes them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from textual.app import SystemCommand
from textual.screen import ModalScreen, Screen

from screens import key_names, themes
from screens.outside_programs import OutsideProgramsApp
from wizard.base import preferences
from wizard.base.errors import EditError
from wizard.engine.start_options import StartOptions

LAYOUTS = {"auto": "if there is room", "always": "always", "never": "never"}
"""The layouts of diffs, and when they are shown side by side."""


class PreferencesApp(OutsideProgramsApp):
    def __init__(self, start: StartOptions) -> None:
        super().__init__(start)
        self._saved_theme = ""
        self._reported: set[str] = set()
        for theme in themes.OURS:
            self.register_theme(theme)
        self._key_problems: list[str] = []
        self._use(preferences.load())
        for name in self.available_themes.keys() - themes.offered().keys():
            self.unregister_theme(name)

    def _use(self, wanted: preferences.Preferences) -> None:
        """Use the preferences *wanted* from now on."""
        self._saved_theme = wanted.theme
        self.theme = wanted.theme
        keys, self._key_problems = key_names.keymap(wanted.keys)
        key_names.use(keys)
        self.set_keymap(keys)

    def report_wrong_preferences(self) -> None:
        """Show what is wrong in the file of preferences, each problem once in a session."""
        for problem in (*preferences.current().problems, *self._key_problems):
            if problem not in self._reported:
                self._reported.add(problem)
                self.notify(problem, title="Preferences", severity="warning", timeout=15)

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        if self.is_running and theme_name != self._saved_theme:
            self._saved_theme = theme_name
            self.save_preference("theme", theme_name)

    def save_preference(self, name: str, value: str) -> None:
        """Save a preference on a thread, then use it."""
        self.run_worker(partial(self._save, name, value), thread=True, group="preferences")

    def _save(self, name: str, value: str) -> None:
        try:
            preferences.save(name, value)
        except EditError as error:
            text = f"{error.what}: {error.why}. {error.hint}"
            self.call_from_thread(self.notify, text, title="Preferences not saved", severity="error", timeout=15)
        else:
            self.call_from_thread(self._apply)

    def _apply(self) -> None:
        """Use the preferences that were just read, and arrange what is shown by them."""
        from screens.widgets.diff import DiffView, preferred
        from screens.widgets.plan import PlanView

        self._use(preferences.current())
        self.report_wrong_preferences()
        for screen in self.screen_stack:
            for plan in screen.query(PlanView):
                plan.side_by_side = None
            for diff in screen.query(DiffView):
                diff.side_by_side = preferred()

    # ---- the command palette

    def preference_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The commands of the palette that change preferences."""
        yield SystemCommand("Preferences: theme", "Choose the colours of the session", self.action_change_theme)
        now = preferences.current().side_by_side
        for layout, words in LAYOUTS.items():
            text = f"Show diffs side by side {words}" + (" (as it is now)" if layout == now else "")
            run = partial(self.save_preference, "side_by_side", layout)
            yield SystemCommand(f"Preferences: side by side: {layout}", text, run)
        if self.engine_session is None or isinstance(screen, ModalScreen):
            return
        yield SystemCommand("Preferences: editor", "Choose the command that opens files", self.ask_for_editor)
        yield SystemCommand("Preferences: keys: open the file", str(preferences.path()), self.edit_preferences)

    def ask_for_editor(self) -> None:
        from screens.forms import Form
        from wizard.checklist.answers import Question

        text = "Which command opens files? Leave it empty for $VISUAL, $EDITOR or vi."
        question = Question("editor", text, "", "Such as `code --wait` or `nano`.")
        dialog = Form("Preferences: editor", [question], {"editor": preferences.current().editor})
        self.push_screen(dialog, self._save_editor)

    def _save_editor(self, answers: dict[str, str] | None) -> None:
        if answers is not None:
            self.save_preference("editor", answers["editor"])

    def edit_preferences(self) -> None:
        """Open the file in the editor, then use what it says."""
        self.run_worker(self._create_and_edit, thread=True, group="preferences")

    def _create_and_edit(self) -> None:
        try:
            preferences.create()
        except EditError as error:
            self.call_from_thread(self.notify, f"{error.what}: {error.why}", severity="error", timeout=15)
            return
        self.call_from_thread(self.edit_file, preferences.path())
        preferences.load()
        self.call_from_thread(self._apply)
