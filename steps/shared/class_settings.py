"""Settings added to a django-configurations class: in its `setup` method, which runs after all values are set."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize

from wizard.editing.source import Source
from wizard.project.project import Project


def append_to_setup(project: Project, source: Source, text: str) -> None:
    """Append *text* to the `setup` method of the configuration class, and create the method if it is missing.

    Source: django-configurations, Setup methods.
    """
    _, node = project.settings.classes[0]
    present = next((child for child in node.body if isinstance(child, ast.FunctionDef) and child.name == "setup"), None)
    names = {name for name in project.inspect_settings()["settings"] if name.isupper()}
    names |= {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and node.id.isupper()}
    names -= source.bound
    text = _as_attributes(text, names)
    if present is None:
        text = f"@classmethod\ndef setup(cls):\n    super().setup()\n{textwrap.indent(text, '    ')}"
    last = (present or node).body[-1]
    lead = source.text[source.line_start(last.lineno) : source.span(last)[0]]
    source.insert_after(last, "\n" + source.style.formatted(textwrap.dedent(text), lead))


def has_in_setup(project: Project, title: str, names: set[str]) -> bool:
    """Whether `setup` has a block with this comment *title*, and sets all these *names*."""
    source, node = project.settings.classes[0]
    functions = (child for child in node.body if isinstance(child, ast.FunctionDef) and child.name == "setup")
    for function in functions:
        text = source.text[source.line_start(function.lineno) : source.span(function)[1]]
        stored = {each.attr for each in ast.walk(function) if isinstance(each, ast.Attribute) and _is_stored(each)}
        if f"# {title}\n" in text.replace("\r\n", "\n"):
            return {name for name in names if name.isupper()} <= stored
    return False


def _is_stored(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _as_attributes(text: str, names: set[str]) -> str:
    """Rewrite *text* so that it reads and sets *names* as attributes of `cls`."""
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
    """Return the text from *start* to *end*, each a (line, column) pair with lines counted from 1."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    tail = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return lines[start[0] - 1][start[1] :] + "".join(lines[start[0] : end[0] - 1]) + tail
