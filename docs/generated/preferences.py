"""The page of the preferences: every preference, and every key binding by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from textual.binding import Binding

import screens
from generated.markdown import code, escape, table
from wizard.base.preferences import LAYOUTS, NAME, THEMES

INTRODUCTION = """\
# Preferences

Theme, layout of diffs, editor and keys of the guided session are in one file, `{name}`, in your configuration folder:
`~/.config/golive/{name}`, below `$XDG_CONFIG_HOME` if that is set, and `~/Library/Application Support/golive/{name}`
on macOS. `golive preferences` prints its path and what it says.

You can edit the file, or change a preference in the command palette (`Ctrl+P`, then type *preferences*). Golive then
replaces one line of the file; your comments and everything else stay as they are. The change takes effect at once. No
preference is needed, and the file does not exist before you choose something.

```toml
theme = "golive-light"
side_by_side = "never"
editor = "code --wait"

[keys]
"task.apply" = "f5"
"app.help" = "f1,f8"
```

A wrong value, an unknown name or a key that is taken is shown as a notification with the file and the line, and by
`--plain` and `golive preferences` as a line on stderr. The default stays. Nothing else in the file is affected.

A theme that an earlier version saved in `session.json` is taken over once.
"""
KEYS = """\
## Keys

The table `[keys]` has the name of a binding, in quotes, and its key, or several keys with commas. A key is a
character, a name such as `f5`, `escape`, `space`, `left`, or one of these after `ctrl+`, `shift+`, `alt+`. Help
(`F1`) and the bar at the bottom show your keys.

Two bindings that work on the same screen can't have the same key. The bindings of `app` work on every screen, and
those of `plan` and `log` on that of a task. A binding marked with * works while you type, so its key must not type
anything.
"""


def page() -> str:
    """Return the page of the preferences."""
    rows = [
        (code("theme"), _choices(THEMES), "The colours. `ansi-dark` and `ansi-light` use those of the terminal."),
        (code("side_by_side"), _choices(LAYOUTS), "Diffs side by side: if there is room, always, or never. The key in "
         "a task still switches."),
        (code("editor"), "a command", "Opens files. Without it: `$VISUAL`, then `$EDITOR`, then `vi`."),
        (code("[keys]"), "names and keys", "See below."),
    ]  # fmt: skip
    bindings = sorted((each.id or "", each) for each in _bindings())
    keys = [
        (code(name) + (" \\*" if each.priority else ""), ", ".join(map(code, each.key.split(","))),
         escape(each.description or "Move to the other button"))
        for name, each in bindings
    ]  # fmt: skip
    lines = [INTRODUCTION.format(name=NAME), *table(("Preference", "Values", "Meaning"), rows), "", KEYS]
    return "\n".join([*lines, *table(("Name", "Default", "Does"), keys), ""])


def _choices(values: tuple[str, ...]) -> str:
    """Return *values* as code, the default first."""
    return ", ".join([f"{code(values[0])} (default)", *map(code, values[1:])])


def _bindings() -> Iterator[Binding]:
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and value.__module__ == module.name:
                yield from (each for each in vars(value).get("BINDINGS", ()) if isinstance(each, Binding))
