"""Preferences in the session: keys, theme, diffs and editor, changed in the palette and in the file."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import Input, Label

import screens
from screens import themes
from screens.app import Golive
from screens.forms import Form
from screens.help import HelpDialog
from screens.key_names import KEYS, TOGETHER, TYPED_BESIDE, keymap, use, with_keys
from screens.search import Search
from screens.widgets.diff import DiffView
from screens.widgets.keys import KeyBar
from tests.screens.driving import keys_shown, press, session, wait_until_idle
from wizard.base import preferences


def write(text):
    preferences.path().parent.mkdir(parents=True, exist_ok=True)
    preferences.path().write_text(text)
    preferences.load()


def notifications(app):
    return [each.message for each in app._notifications]


def commands(app):
    return {command.title: command for command in app.get_system_commands(app.screen)}


def all_screen_bindings():
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and value.__module__ == module.name:
                yield from (each for each in vars(value).get("BINDINGS", ()) if isinstance(each, Binding))


def test_the_table_of_keys_has_every_binding_of_the_screens():
    bindings = list(all_screen_bindings())
    assert {each.id: each.key for each in bindings} == KEYS
    assert len(bindings) == len(KEYS), "no two bindings share a name"
    assert {each.id for each in bindings if each.priority} == TYPED_BESIDE
    scopes = {name.partition(".")[0] for name in KEYS}
    assert scopes >= {*TOGETHER, *(each for widgets in TOGETHER.values() for each in widgets)}


def test_the_themes_that_can_be_chosen_are_those_that_are_offered():
    assert set(preferences.THEMES) == set(themes.offered())


@pytest.mark.parametrize(
    ("keys", "chosen", "problem"),
    [
        ({"task.apply": "f5"}, {"task.apply": "f5"}, ""),
        ({"app.help": "f7,?"}, {"app.help": "f7,question_mark"}, ""),
        ({"task.apply": ","}, {"task.apply": "comma"}, ""),
        ({"task.apply": "ctrl+shift+up"}, {"task.apply": "ctrl+shift+up"}, ""),
        ({"task.apply": "n", "task.next": "a"}, {"task.apply": "n", "task.next": "a"}, ""),
        ({"app.help": "f2"}, {}, ":2: app.help can't be 'f2', the key of item.journeys."),
        ({"search.up": "n"}, {}, ":2: search.up can't be 'n', which types text (expected one such as ctrl+s)."),
        ({"form.continue": "slash"}, {}, ":2: form.continue can't be 'slash', which types text"),
        ({"task.aply": "f5"}, {}, ":2: there is no key binding 'task.aply'"),
        ({"task.apply": "fn5"}, {}, ":2: task.apply is 'fn5', which is no key (expected one such as a, f5 or ctrl+s)."),
        ({"task.apply": "hyper+a"}, {}, ":2: task.apply is 'hyper+a', which is no key"),
        ({"task.apply": "n"}, {}, ":2: task.apply can't be 'n', the key of task.next. It stays 'a'."),
        ({"task.apply": "q"}, {}, ":2: task.apply can't be 'q', the key of app.quit. It stays 'a'."),
        ({"task.apply": "space"}, {}, ":2: task.apply can't be 'space', the key of "),
        ({"log.save": "a"}, {}, ":2: log.save can't be 'a', the key of task.apply."),
        ({"task.apply": "f5", "task.next": "f5"}, {"task.apply": "f5"}, ":3: task.next can't be 'f5', the key of "),
    ],
)  # fmt: skip
def test_keys_of_the_file_are_checked(keys, chosen, problem):
    write("[keys]\n" + "".join(f'"{name}" = "{key}"\n' for name, key in keys.items()))
    found, problems = keymap(preferences.current().keys)
    assert found == chosen
    assert [each.removeprefix(str(preferences.path()))[: len(problem)] for each in problems] == [problem] * bool(
        problem
    )


def test_two_keys_that_exchange_theirs_both_stay_if_one_is_wrong():
    found, problems = keymap({"task.apply": "n", "task.next": "nonsense"})
    assert found == {}
    assert len(problems) == 2


def test_the_example_of_the_documentation_is_valid():
    page = (Path(screens.__path__[0]).parent / "docs" / "reference" / "preferences.md").read_text()
    write(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])
    found = preferences.current()
    assert found.problems == ()
    assert (found.theme, found.side_by_side, found.editor) == ("golive-light", "never", "code --wait")
    assert keymap(found.keys) == (found.keys, [])
    assert found.keys


def test_texts_name_the_chosen_keys():
    text = "{dashboard.next}, {confirm.no}, {form.continue}, {app.search}, {log.pause}, {log.next_match}"
    assert with_keys(text) == "n, n or Esc, Ctrl+S, /, space, F3 or ]"
    use({"dashboard.next": "ctrl+shift+f5"})
    assert with_keys("{dashboard.next}: {'a': 1}") == "Ctrl+Shift+F5: {'a': 1}"
    use({})


def test_every_text_names_bindings_that_exist():
    for path in Path(screens.__path__[0]).rglob("*.py"):
        names = re.findall(r"""key_of\(['"]([\w.]+)|(?:[Pp]ress|and|or) "?\{(\w+\.\w+)\}""", path.read_text())
        assert {one or two for one, two in names} - {"self.item"} <= set(KEYS), path


async def test_a_chosen_key_works_and_is_shown_in_the_footer_and_the_help(shop, python):
    write('[keys]\n"app.help" = "f5"\n"dashboard.needs_input" = "z"\n"dashboard.next" = "f8"\n"app.search" = "f6"\n')
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        assert "press f8" in str(app.screen.query_one("#now", Label).content).lower()
        footer = {key.key_display for key in app.screen.query_one(KeyBar).query("FooterKey")}
        assert "f5" in {each.lower() for each in footer}
        await press(app, pilot, "f1")
        assert not isinstance(app.screen, HelpDialog)
        await press(app, pilot, "f5")
        assert isinstance(app.screen, HelpDialog)
        table = [line.split()[0] for line in keys_shown(app).splitlines()]
        assert {"f5", "f6", "z"} <= {each.lower() for each in table}
        assert not {"f1", "w", "/"} & {each.lower().rstrip(",") for each in table}
        await press(app, pilot, "escape", "f6")
        assert isinstance(app.screen, Search)


async def test_wrong_preferences_are_shown_once_and_the_defaults_work(shop, python):
    write('theme = "pink"\nside_by_side = "never"\n[keys]\n"app.help" = "nonsense"\n')
    async with session(shop, python) as (app, pilot):
        found = notifications(app)
        assert [f"{preferences.path()}:1: theme is 'pink'" in found[0], f"{preferences.path()}:4:" in found[1]] == [
            True
        ] * 2
        assert app.theme == "golive-dark"
        commands(app)["Preferences: side by side: always"].callback()
        await wait_until_idle(app, pilot)
        assert notifications(app) == found
        await press(app, pilot, "f1")
        assert isinstance(app.screen, HelpDialog)


async def test_a_theme_is_chosen_in_the_palette_and_kept(shop, python):
    async with session(shop, python) as (app, pilot):
        commands(app)["Preferences: theme"].callback()
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await press(app, pilot, "escape")
        app.theme = "golive-light"
        await wait_until_idle(app, pilot)
        assert preferences.load().theme == "golive-light"
        assert preferences.path().read_text().count("\ntheme = ") == 1
    assert Golive(app.start).theme == "golive-light"


async def test_the_layout_of_diffs_is_chosen_in_the_palette_and_changes_at_once(shop, python):
    async with session(shop, python, task=2, size=(240, 40)) as (app, pilot):

        def replaced():
            return [view.is_side_by_side_now for view in app.screen.plan.query(DiffView) if view.diff.replaces]

        assert any(replaced())
        commands(app)["Preferences: side by side: never"].callback()
        await wait_until_idle(app, pilot)
        assert not any(replaced())
        assert "as it is now" in commands(app)["Preferences: side by side: never"].help
        commands(app)["Preferences: side by side: always"].callback()
        await wait_until_idle(app, pilot)
        assert all(replaced())
        assert preferences.load().side_by_side == "always"


async def test_the_editor_is_asked_for_and_used(shop, python, monkeypatch):
    ran = []
    monkeypatch.setattr(Golive, "run_suspended", lambda app, argv: ran.append(argv) or 0)
    async with session(shop, python) as (app, pilot):
        commands(app)["Preferences: editor"].callback()
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, Form)
        app.screen.query_one(Input).value = "nano -w"
        await press(app, pilot, "ctrl+s")
        assert preferences.load().editor == "nano -w"
        app.edit_file(shop / "manage.py", 3)
        assert ran == [["nano", "-w", "+3", str(shop / "manage.py")]]
        commands(app)["Preferences: editor"].callback()
        await wait_until_idle(app, pilot)
        assert app.screen.query_one(Input).value == "nano -w"
        await press(app, pilot, "escape")
        assert preferences.load().editor == "nano -w"


async def test_the_file_is_opened_and_its_keys_work_afterwards(shop, python, monkeypatch):
    def edit(app, argv):
        path = preferences.path()
        assert argv[-1] == str(path)
        assert "# theme" in path.read_text()
        path.write_text(f'{path.read_text()}[keys]\n"app.help" = "f5"\n"app.quit" = "nonsense"\n')
        return 0

    monkeypatch.setattr(Golive, "run_suspended", edit)
    async with session(shop, python) as (app, pilot):
        commands(app)["Preferences: keys: open the file"].callback()
        await wait_until_idle(app, pilot)
        assert "app.quit is 'nonsense'" in notifications(app)[0]
        await press(app, pilot, "f5")
        assert isinstance(app.screen, HelpDialog)


async def test_a_preference_that_cannot_be_saved_is_reported(shop, python):
    write("theme = golive\n")
    async with session(shop, python) as (app, pilot):
        commands(app)["Preferences: side by side: never"].callback()
        await wait_until_idle(app, pilot)
        assert any("is not valid TOML" in each for each in notifications(app))
        assert preferences.path().read_text() == "theme = golive\n"
