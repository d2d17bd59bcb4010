"""Find secrets that are written in a file: by the form that an issuer gives them, their name, or their randomness.

This is stricter than the search in the settings, whose result is edited: an ordinary word must never be taken for a
secret, and what is public on purpose, such as a site key, is none.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

from wizard.base.secrets import is_secret_name

ISSUED = re.compile(
    r"(?<![\w-])(?:(?:[sr]k_live|whsec)_\w{16,}|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[opsu]_\w{30,}|github_pat_\w{22,}"
    r"|glpat-[\w-]{20,}|xox[abprs]-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|sk-(?:ant|proj)-[\w-]{20,}|sk-\w{40,}"
    r"|sntry[su]_[\w=/+-]{20,}|npm_\w{30,}|GOCSPX-[\w-]{20,}|pypi-[\w-]{40,}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----)"
)
"""Tokens and keys as Stripe, AWS, GitHub, GitLab, Slack, SendGrid, OpenAI, Sentry and others issue them."""
URL = re.compile(
    r"(?<![a-z0-9+])[a-z][a-z0-9+]{0,20}://[^:/@\s'\"]*:(?P<password>[^@/\s'\"{}$<>]+)@(?P<host>[^:/\s'\"]+)"
)
PUBLIC = re.compile(
    r"PUBLIC|PUBLISHABLE|SITE_?KEY|CLIENT_?ID|_ID$|INTEGRITY|HASH(?!IDS)|DIGEST|CHECKSUM|SHA\d*|COMMIT|REVISION|VERSION"
    r"|FINGERPRINT|NONCE|ANALYTICS|PIXEL|TRACKING|MEASUREMENT|VERIFICATION",
    re.I,
)
"""Names of values that are random and not secret."""
MARKS = (
    "://", "_live_", "whsec_", "AKIA", "ASIA", "gho_", "ghp_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox", "SG.",
    "sk-", "sntry", "npm_", "pypi-", "GOCSPX-", "PRIVATE KEY-----",
)  # fmt: skip
"""Texts of which one is in every match of ISSUED and of URL. Most lines have none."""
NAMED = re.compile(r"(?:SECRET|PASSWORD|PASSWD|_PASS|TOKEN|DSN|KEY)[\"']?\s*[:=]", re.I)
"""The end of a telling name that is followed by a value."""
ASSIGNED = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]{0,80})[\"']?\s*(?:=>|[:=])\s*(?:[bfru]{0,2}(?=[\"']))?(?P<quote>[\"']?)(?P<value>[^\s\"'`,;<>{}]{16,})(?P=quote)"
)
"""A name with its value, as in .env files, YAML, JSON, TOML, shell and JavaScript."""
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+$")
EXAMPLES = re.compile(
    r"example|changeme|change-me|change_me|placeholder|your[-_]|xxxx|\.\.\.|django-insecure-|sha\d{3}-", re.I
)
SHORTEST = 16
"""A shorter value is taken for an ordinary word."""
LONGEST, LONGEST_LINE = 512, 2_000


@dataclass(frozen=True)
class Written:
    """A secret *value* in *line* of a file. *name* is that of its setting, variable or argument, if it has one."""

    name: str
    line: int
    value: str


def in_python(tree: ast.AST) -> Iterator[Written]:
    """Yield the secrets in Python code."""
    yield from _visit(tree, "")


def in_lines(text: str, *, by_name: bool = True, quoted: bool = False) -> Iterator[Written]:
    """Yield the secrets in a text of any kind: those that an issuer made, and with *by_name* random values too.

    *quoted*: values are in quotes, as in code.
    """
    counted, number = 0, 1
    for start, end in _lines(text, by_name=by_name):
        line, number = text[start:end], number + text.count("\n", counted, start)
        counted = start
        if found := ISSUED.search(line):
            if not EXAMPLES.search(found[0]):
                yield Written("", number, found[0])
        elif (url := URL.search(line)) and _leads_elsewhere(url):
            yield Written("", number, url["password"])
        elif by_name:
            yield from (
                Written(match["name"], number, match["value"])
                for match in ASSIGNED.finditer(line)
                if is_secret_name(match["name"])
                and is_secret(match["name"], match["value"])
                and (match["quote"] or not (quoted or "(" in match["value"]))
            )


def _lines(text: str, *, by_name: bool) -> list[tuple[int, int]]:
    """Where the lines are that may contain a secret, in order: those with a mark or, *by_name*, with a telling name."""
    places = [match.start() for mark in MARKS if mark in text for match in re.finditer(re.escape(mark), text)]
    if by_name:
        places += [match.start() for match in NAMED.finditer(text)]
    lines = {(text.rfind("\n", 0, place) + 1, text.find("\n", place) % (len(text) + 1)) for place in places}
    return sorted((start, end) for start, end in lines if end - start <= LONGEST_LINE)


def is_secret(name: str, value: str) -> bool:
    """Whether *value* of the setting or variable *name* is a secret, by what it looks like."""
    if EXAMPLES.search(value) or value.startswith(("rzp_test_", "sk_test_", "pk_", "AIza")):
        return False
    if ISSUED.search(value) or ((url := URL.match(value)) and _leads_elsewhere(url)):
        return True
    return not PUBLIC.search(name) and _is_random(value, named=is_secret_name(name))


def _leads_elsewhere(url: re.Match[str]) -> bool:
    """Whether a URL with a password is that of a server on another machine."""
    host = url["host"]
    return "." in host and host != "127.0.0.1" and not EXAMPLES.search(url[0])


def _is_random(value: str, *, named: bool) -> bool:
    """Whether *value* was made by a generator and not by a person. *named*: its name says that it is secret."""
    if not SHORTEST <= len(value) <= LONGEST or not re.fullmatch(r"[A-Za-z0-9+/=_.!@#$%^&*()-]+", value):
        return False
    digits = sum(character.isdigit() for character in value)
    if digits < 2 or digits == len(value) or re.match(r"[./~]|\w+://|pbkdf2_|argon2|bcrypt|\$\d", value):
        return False
    pairs = list(itertools.pairwise(value))
    # A generator mixes digits with letters. A person puts them at the end, or behind a separator.
    mixed = sum(
        (first.isdigit() and second.isalpha()) or (first.isalpha() and second.isdigit()) for first, second in pairs
    )
    if named:
        return mixed >= 3 and _entropy(value) >= 3.0
    if re.fullmatch(r"[0-9a-f]{40,}", value):
        return True
    changes = sum(_kind(first) != _kind(second) for first, second in pairs) / len(value)
    return len(value) >= 24 and mixed >= 3 and changes >= 0.4 and _entropy(value) >= 3.8 and value.count(".") < 2


def _kind(character: str) -> str:
    return (
        "digit" if character.isdigit() else "upper" if character.isupper() else "lower" if character.islower() else "-"
    )


def _entropy(value: str) -> float:
    """Bits of information in one character of *value*."""
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * log2(share) for share in shares)


def _visit(node: ast.AST, name: str) -> Iterator[Written]:
    """The secrets in *node*. *name* is that of the setting or argument whose value it is."""
    text = _text(node)
    if text is not None:
        if is_secret(name, text):
            yield Written(name, node.lineno, text)  # type: ignore[attr-defined]
        return
    for inner, child in _named(node, name):
        yield from _visit(child, inner)


def _named(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
    """The parts of *node*, each with the name that its value would have."""
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return
        case ast.Assign(targets=[ast.Tuple() as names], value=ast.Tuple() as values):
            yield from ((_target(target), value) for target, value in zip(names.elts, values.elts, strict=False))
        case ast.Assign():
            yield from ((_target(node.targets[0]), value) for value in [node.value])
        case ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr():
            if node.value is not None:
                yield _target(node.target), node.value
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                inner = _text(key) if key is not None else None
                yield f"{name}_{inner}" if inner and name else inner or name, value
        case ast.Call():
            yield from _arguments(node, name)
        case ast.List() | ast.Tuple() | ast.Set() | ast.BoolOp() | ast.IfExp() | ast.Starred() | ast.BinOp():
            yield from ((name, child) for child in ast.iter_child_nodes(node))
        case _:
            yield from (("", child) for child in ast.iter_child_nodes(node))


def _arguments(call: ast.Call, name: str) -> Iterator[tuple[str, ast.AST]]:
    """The arguments of a call. The second one of `os.environ.setdefault("KEY", "…")` belongs to the variable KEY."""
    yield "", call.func
    first = _text(call.args[0]) if call.args else None
    variable = first if first and VARIABLE.match(first) else ""
    for position, argument in enumerate(call.args):
        if position or not variable:
            yield variable or name, argument
    for word in call.keywords:
        own = word.arg not in {None, "default", "fallback", "value"}
        yield (str(word.arg) if own else variable or name), word.value


def _target(node: ast.AST) -> str:
    """The name that an assignment sets: `DATABASES["default"]["PASSWORD"]` → DATABASES_default_PASSWORD."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=outer, slice=ast.Constant(value=str(key))):
            return f"{before}_{key}" if (before := _target(outer)) not in {"", "environ"} else key
    return ""


def _text(node: ast.AST | None) -> str | None:
    """The text that *node* writes: a string, bytes, or several that are joined with `+`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(content)):
            return content.decode("utf-8", "replace")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _text(left), _text(right)
            return None if first is None or second is None else first + second
    return None
