"""The name of every key binding with its default keys, and the user's own keys from the preferences.

The names are a table of their own, so that keys are checked before the first screen without loading the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from textual.keys import REPLACED_KEYS, Keys, key_to_character

from wizard.base import preferences

KEYS = {
    "app.quit": "q",
    "app.quit_anywhere": "ctrl+q,ctrl+c",
    "app.help": "f1,question_mark",
    "app.search": "slash",
    "coffee_break.end": "enter,space,escape",
    "commit.not_now": "escape",
    "commit.commit": "ctrl+s",
    "confirm.yes": "y",
    "confirm.no": "n,escape",
    "confirm.other_button": "left,right",
    "dashboard.previous_day": "left",
    "dashboard.next_day": "right",
    "dashboard.stop": "x",
    "dashboard.next": "n",
    "dashboard.run_half_day": "s",
    "dashboard.needs_input": "w",
    "dashboard.go_live": "g",
    "dashboard.target": "t",
    "dashboard.check": "c",
    "dashboard.report": "r",
    "edit_file.cancel": "escape",
    "edit_file.save": "ctrl+s",
    "edit_flow.save": "ctrl+s",
    "failure.back": "escape",
    "failure.fix": "f",
    "failure.retry": "r",
    "failure.next": "n",
    "failure.log": "l",
    "failure.bundle": "b",
    "form.cancel": "escape",
    "form.continue": "ctrl+s",
    "go_live.back": "escape",
    "go_live.launch": "l",
    "go_live.report": "r",
    "help.back": "escape,f1,question_mark",
    "item.back": "escape",
    "item.open_file": "ctrl+o",
    "item.copy": "ctrl+y",
    "item.journeys": "f2",
    "journeys.back": "escape",
    "journeys.run": "r",
    "journeys.edit": "e",
    "journeys.save": "s",
    "journeys.next_problem": "n",
    "journeys.stop": "x",
    "launched.back": "escape,enter,space",
    "log.pause": "space",
    "log.find": "slash",
    "log.next_match": "f3,right_square_bracket",
    "log.previous_match": "shift+f3,left_square_bracket",
    "log.save": "s",
    "plan.skip": "space",
    "plan.edit": "e",
    "plan.open_file": "v",
    "plan.copy": "y",
    "plan.side_by_side": "s",
    "review.back": "escape",
    "review.run": "ctrl+s",
    "search.back": "escape",
    "search.down": "down",
    "search.up": "up",
    "secret.reveal": "ctrl+r",
    "task.back": "escape",
    "task.apply": "a",
    "task.next": "n",
    "task.options": "o",
    "task.stop": "x",
    "task.undo": "u",
    "task.skip": "k",
    "task.troubleshoot": "f",
    "task.journeys": "j",
    "task.guide": "h",
    "task.documentation": "d",
    "task.log": "l",
    "task.changes_tab": "1",
    "task.output_tab": "2",
    "task.guide_tab": "3",
    "welcome.start": "enter",
    "welcome.retry": "r",
    "welcome.trust": "y",
    "welcome.leave": "n",
}
TYPED_BESIDE = frozenset({
    "app.quit_anywhere", "commit.commit", "edit_file.cancel", "edit_file.save", "edit_flow.save", "form.continue",
    "review.run", "search.down", "search.up", "secret.reveal",
})  # fmt: skip
"""Bindings that win over a field in which the user types. Their keys must not type anything."""
TOGETHER = {"task": {"plan", "log"}, "form": {"secret"}, "item": {"secret"}}
"""Widgets on a screen, by the first part of their names. The keys of `app` work on every screen."""
MODIFIERS = {"ctrl", "shift", "alt", "super"}
NAMES = {"escape": "Esc", "enter": "Enter", "tab": "Tab", "space": "space"}
NAMED = {key.value for key in Keys}


_in_use: dict[str, str] = {}
"""The keys that the user has chosen, by the name of the binding."""


def use(chosen: Mapping[str, str]) -> None:
    """Have texts name the *chosen* keys."""
    _in_use.clear()
    _in_use.update(chosen)


def key_of(name: str) -> str:
    """The keys of the binding *name* as texts name them: `n or Esc`."""
    return " or ".join(map(_displayed, {**KEYS, **_in_use}[name].split(",")))


def with_keys(text: str) -> str:
    """*text*, one of Golive's own, with the keys in place of the names of bindings: `press {failure.fix}`."""
    return re.sub(r"\{(\w+\.\w+)\}", lambda found: key_of(found[1]), text)


def _displayed(key: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    character = _character(last)
    name = NAMES.get(last) or character or last.replace("_", " ")
    if re.fullmatch(r"f\d+", name) or (modifiers and len(name) == 1):
        name = name.upper()
    return "+".join([*(each.capitalize() for each in modifiers), name])


def keymap(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The keys of *wanted* that can be used, by the name of the binding, and a sentence about each of the others."""
    chosen: dict[str, str] = {}
    problems = []
    for name, text in wanted.items():
        keys = [key.strip() for key in text.split(",")] if text.strip() != "," else [","]
        if problem := _problem(name, keys):
            problems.append(f"{preferences.line_of(name, key=True)}: {problem}")
        else:
            chosen[name] = ",".join(map(_long_name, keys))
    while conflict := _conflict(chosen):
        name, other, key = conflict
        del chosen[name]
        where = preferences.line_of(name, key=True)
        problems.append(f"{where}: {name} can't be {key!r}, the key of {other}. It stays {KEYS[name]!r}.")
    return chosen, problems


def _problem(name: str, keys: list[str]) -> str:
    if name not in KEYS:
        return f"there is no key binding {name!r}"
    stays = f"It stays {KEYS[name]!r}."
    for key in keys:
        if not _exists(key):
            return f"{name} is {key!r}, which is no key (expected one such as a, f5 or ctrl+s). {stays}"
        if name in TYPED_BESIDE and _types(key):
            return f"{name} can't be {key!r}, which types text (expected one such as ctrl+s). {stays}"
    return ""


def _exists(key: str) -> bool:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    named = last in NAMED or (len(last) == 1 and last.isprintable()) or _character(last) is not None
    return named and MODIFIERS.issuperset(modifiers)


def _types(key: str) -> bool:
    character = _character(key)
    return key in {"space", "enter", "backspace", "delete"} or (character is not None and character.isprintable())


def _character(key: str) -> str | None:
    """The character that *key* types, such as `/` for slash."""
    return key_to_character(REPLACED_KEYS.get(key, key))


def _long_name(key: str) -> str:
    """Textual's own name of a key: `question_mark` for `?`."""
    from textual.keys import _character_to_key  # Textual exports no other name for it

    return _character_to_key(key) if len(key) == 1 else key


def _conflict(chosen: Mapping[str, str]) -> tuple[str, str, str] | None:
    """A binding with a chosen key that another one has, too: its name, the other's name, and the key."""
    all_keys = {**KEYS, **chosen}
    for name in reversed([*chosen]):
        for other, keys in all_keys.items():
            # Golive's own bindings may share a key, as those of the help and of its dialog do.
            own = () if other in chosen else KEYS[name].split(",")
            shared = set(keys.split(",")) & set(chosen[name].split(",")) - set(own)
            if other != name and shared and _work_together(name, other):
                return name, other, min(shared)
    return None


def _work_together(name: str, other: str) -> bool:
    """Whether both bindings can work at the same time."""
    one, two = name.partition(".")[0], other.partition(".")[0]
    return one == two or "app" in {one, two} or two in TOGETHER.get(one, ()) or one in TOGETHER.get(two, ())
