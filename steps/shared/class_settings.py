"""Settings added to a class of django-configurations: in its `setup`, where the class has its values already."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize

from wizard.editing.source import Source
from wizard.project.project import Project


def append_to_setup(project: Project, source: Source, text: str) -> None:
    """Put *text* into the `setup` of the configuration class: there its settings have their values, and can change.

    Source: django-configurations' documentation of its setup methods.
    """
    _, node = project.settings.classes[0]
    present = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "setup"), None)
    names = {name for name in project.inspect_settings()["settings"] if name.isupper()}
    names |= {each.id for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name) and each.id.isupper()}
    names -= source.bound
    text = _through(text, names)
    if present is None:
        text = f"@classmethod\ndef setup(cls):\n    super().setup()\n{textwrap.indent(text, '    ')}"
    last = (present or node).body[-1]
    lead = source.text[source.line_start(last.lineno) : source.span(last)[0]]
    source.insert_after(last, "\n" + source.style.formatted(textwrap.dedent(text), lead))


def _through(text: str, names: set[str]) -> str:
    """*text* with each of *names* as an attribute of the class."""
    text = re.sub(r"globals\(\)\.(?:get|pop)\(", "getattr(cls, ", text)
    text = re.sub(r"^(\s*)del (\w+)$", r"\1cls.\2 = None", text, flags=re.MULTILINE)
    parts, last = [], (1, 0)
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        keyword = after is not None and after.string == "=" and before is not None and before.string in {"(", ","}
        attribute = before is not None and before.string == "."
        if token.type == tokenize.NAME and token.string in names and not keyword and not attribute:
            parts.append(_between(lines, last, token.start) + "cls.")
            last = token.start
    return "".join([*parts, _between(lines, last, (len(lines) + 1, 0))])


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The text from one place to another, each a line counted from 1 and a column."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    tail = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return lines[start[0] - 1][start[1] :] + "".join(lines[start[0] : end[0] - 1]) + tail
