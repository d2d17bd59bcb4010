"""Add an argument to a call in a Python file, or remove one. Comments stay with the other arguments."""

from __future__ import annotations

import ast
import re

from wizard.editing.source import Source


def change_arguments(source: Source, call: ast.Call, *, add: str = "", remove: ast.keyword | None = None) -> None:
    """Add the argument *add* after the last one of *call*, and remove the argument *remove*.

    In a call of several lines an argument is added on its own line, if the others have one. A call of one line that
    becomes too long is formatted.
    """
    if add and call.lineno == call.end_lineno:
        _change_line(source, call, add, remove)
        return
    if remove:
        _remove_from_lines(source, call, remove)
    if add:
        _add_to_lines(source, call, add)


def _change_line(source: Source, call: ast.Call, add: str, remove: ast.keyword | None) -> None:
    start, end = source.span(call)
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    head = source.text[start : source.span(call.func)[1]]
    inside = source.text[start + len(head) : end].strip()[1:-1]
    if remove or not arguments:
        kept = [source.text[slice(*_span(source, each))] for each in arguments if each is not remove]
        new = f"{head}({', '.join([*kept, *([add] if add else [])])})"
    else:
        new = f"{head}({inside.rstrip().rstrip(',')}, {add})"
    begin = source.line_start(call.lineno)
    lead = re.match(r"[ \t]*", source.text[begin:])
    before, after = source.text[begin:start], source.text[end : source.line_end(end)].strip()
    alone = re.fullmatch(r"[ \t]*(return |\w+ = )?", before) and not after
    if alone and lead and len(before) + len(new) > source.style.width:
        lines = source.style.formatted(before.strip() + " " * bool(before.strip()) + new, lead[0]).rstrip("\n")
        source.splice(begin + len(lead[0]), end, lines.replace("\n", "\n" + lead[0]))
    else:
        source.splice(start, end, new)


def _add_to_lines(source: Source, call: ast.Call, add: str) -> None:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    closing = source.span(call)[1] - 1
    if not arguments:
        source.splice(closing, closing, add)
        return
    last = max(arguments, key=lambda node: source.span(node)[1])
    end = source.span(last)[1]
    rest = re.sub(r"#.*", "", source.text[end:closing])
    own_line = source.text[source.line_start(call.end_lineno or 0) : closing]
    if rest.strip() == "," and not own_line.strip() and last.lineno > call.lineno:
        lead = re.match(r"[ \t]*", source.text[source.line_start(last.lineno) :])
        source.insert_lines(closing - len(own_line), f"{lead[0] if lead else ''}{add},")
    elif source.text[end:closing].strip() in {"", ","}:
        source.splice(end, end, f", {add}")
    else:  # the argument is in parentheses
        comma = "" if rest.rstrip().endswith(",") else ","
        source.splice(closing, closing, f"{comma} {add}")


def _remove_from_lines(source: Source, call: ast.Call, keyword: ast.keyword) -> None:
    """Remove *keyword* from *call*, with its line if it is alone there."""
    start, end = _span(source, keyword)
    line, end_of_line = source.line_start(keyword.lineno), source.line_end(end)
    before, after = source.text[line:start], source.text[end:end_of_line]
    if not before.strip() and re.fullmatch(r"\s*,\s*(#.*)?\s*", after):
        source.splice(line, end_of_line, "")
    elif following := re.match(r"\s*,[ \t]*", source.text[end:]):
        source.splice(start, end + following.end(), "")
    else:
        preceding = re.search(r",?\s*$", source.text[:start])
        source.splice(preceding.start() if preceding else start, end, "")


def _span(source: Source, argument: ast.expr | ast.keyword) -> tuple[int, int]:
    """Return the start and end of an argument, a keyword's with its name."""
    if isinstance(argument, ast.expr):
        return source.span(argument)
    begin = source.line_start(argument.lineno)
    column = len(source.text[begin:].encode()[: argument.col_offset].decode())  # ast counts in bytes
    return begin + column, source.span(argument.value)[1]
