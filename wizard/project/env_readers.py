"""Find out how the settings read environment variables, and write expressions that read more in the same way."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

READERS = {
    "getenv",
    "get",
    "str",
    "bool",
    "int",
    "list",
    "float",
    "json",
    "url",
    "db",
    "db_url",
    "env",
    "config",
    "Csv",
    "tuple",
}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+$")
STRICT = ("True",)
ON_WORDS = ("true", "1", "yes", "on")
"""Values for true that projects write for switches such as DEBUG."""
LIBRARY_WORDS = {*ON_WORDS, "y"}
"""Values that django-environ, environs and decouple all read as true, in any case."""
OFF_WORDS = {"", "false", "0", "no", "off", "n", "f", "none"}


@dataclass(frozen=True)
class EnvLibrary:
    """The library that the settings read environment variables with.

    Arguments:
        kind: `os`, `environ`, `environs`, `decouple`, or `values` of django-configurations.
        name: the name that the settings use for the reader.
        loads: whether the code loads a .env file.
        ready: the number of the file and the line after which the reader is bound.
    """

    kind: str
    name: str
    loads: bool
    ready: tuple[int, int] = (0, 0)

    def boolean(self, variable: str, *, default: bool = False, accepted: Sequence[str] = STRICT) -> str:
        """An expression for a boolean that is true for the values in *accepted*; a library also knows its own words.

        Values in lower case are compared without regard to case.
        """
        known = {value.lower() for value in accepted} <= LIBRARY_WORDS
        if self.kind in {"environ", "environs"} and known:
            return f'{self.name}.bool("{variable}", default={default})'
        if self.kind == "values":
            return f'{self.name}.BooleanValue({default}, environ_name="{variable}", environ_prefix=None)'
        if self.kind == "decouple" and known:
            return f'{self.name}("{variable}", default={default}, cast=bool)'
        read = self.text(variable, str(default))
        if len(accepted) == 1:
            return f'{read} == "{accepted[0]}"'
        lower = ".lower()" if all(value == value.lower() for value in accepted) else ""
        listed = ", ".join(f'"{value}"' for value in accepted)
        return f"{read}{lower} in ({listed})"

    def text(self, variable: str, default: str | None = "") -> str:
        """An expression for a string. If *default* is None, it raises if the variable is missing."""
        if self.kind == "values":
            rest = f'environ_name="{variable}", environ_prefix=None)'
            return f"{self.name}.SecretValue({rest}" if default is None else f'{self.name}.Value("{default}", {rest}'
        if self.kind == "os":
            return f'os.environ["{variable}"]' if default is None else f'os.getenv("{variable}", "{default}")'
        return f'{self.name}("{variable}")' if default is None else f'{self.name}("{variable}", default="{default}")'

    def listed(self, variable: str, default: Sequence[str] = ()) -> str:
        """An expression for a list of strings, separated by commas. It is *default* if the variable is missing."""
        if self.kind in {"environ", "environs"}:
            entries = ", ".join(f'"{entry}"' for entry in default)
            return f'{self.name}.list("{variable}", default=[{entries}])'
        return f'[value.strip() for value in {self.text(variable, ",".join(default))}.split(",") if value.strip()]'

    @property
    def parser(self) -> str:
        """The library whose quoting rules apply to the .env file. environs reads it with python-dotenv."""
        return self.kind if self.kind in {"environ", "decouple"} else "dotenv"

    @property
    def needs_import(self) -> str:
        return "import os" if self.kind == "os" else ""


Nodes = Iterable[ast.AST]
"""All nodes of a file."""


def detect(files: Sequence[Nodes], others: Sequence[Nodes] = ()) -> EnvLibrary:
    """The library that the settings *files* use. *others* are manage.py and wsgi.py, which may load .env."""
    loads = any(loads_dotenv(nodes) for nodes in [*files, *others])
    for number, nodes in enumerate(files):
        origins = _origins(nodes)
        for node in nodes:
            ready = (number, getattr(node, "end_lineno", 0) or 0)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if kind := _reader_made_by(node.value, origins):
                    return EnvLibrary(kind, node.targets[0].id, loads or kind == "decouple", ready)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if ready_made := _READY.get((node.module or "", alias.name)):
                        return EnvLibrary(
                            ready_made, alias.asname or alias.name, loads or ready_made == "decouple", ready
                        )
            elif isinstance(node, ast.Import) and any(alias.name == "decouple" for alias in node.names):
                return EnvLibrary("decouple", "decouple.config", True, ready)
    return EnvLibrary("os", "os", loads)


_READY = {("decouple", "config"): "decouple", ("environs", "env"): "environs"}
"""Ready-made readers of libraries."""
_MAKERS = {
    ("environ", "Env"): "environ",
    ("environ", "FileAwareEnv"): "environ",
    ("environs", "Env"): "environs",
    ("environs", "FileAwareEnv"): "environs",
    ("decouple", "AutoConfig"): "decouple",
    ("decouple", "Config"): "decouple",
}


def _origins(nodes: Nodes) -> dict[str, tuple[str, str]]:
    """The module and the name behind imported names: `Env` → ("environs", "Env"), `environ` → ("environ", "")."""
    found: dict[str, tuple[str, str]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: (alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    return found


def _reader_made_by(node: ast.expr, origins: dict[str, tuple[str, str]]) -> str:
    """The library whose reader a call creates, as in `environ.Env(DEBUG=(bool, False))`. Empty for others."""
    if not isinstance(node, ast.Call):
        return ""
    first, _, rest = _dotted(node.func).partition(".")
    module, name = origins.get(first, (first, ""))
    return _MAKERS.get((module, rest or name), "")


def loads_dotenv(nodes: Nodes) -> bool:
    """Whether the code of a file reads a .env file."""
    return any(
        isinstance(node, ast.Call)
        and _dotted(node.func).split(".")[-1] in {"load_dotenv", "read_dotenv", "read_env", "read_envfile"}
        for node in nodes
    )


def of_class(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    """The variable that a setting of django-configurations reads, as in `SECRET_KEY = values.SecretValue()`."""
    value, target = node.value, node.targets[0] if isinstance(node, ast.Assign) else node.target
    if not isinstance(value, ast.Call) or not isinstance(target, ast.Name):
        return
    if not re.fullmatch(r"values\.\w+Value|\w+Value|values\.Value", _dotted(value.func)):
        return
    words = {word.arg: word.value for word in value.keywords}
    given = {name: each.value for name, each in words.items() if isinstance(each, ast.Constant)}
    prefix = str(given.get("environ_prefix", "DJANGO") or "")
    name = str(given.get("environ_name") or target.id)
    if given.get("environ", True):
        yield f"{prefix}_{name}" if prefix else name, value, value.args[0] if value.args else words.get("default")


def fields(nodes: Nodes) -> Iterator[tuple[str, ast.AnnAssign]]:
    """Fields of pydantic's settings classes, each with the variable that it reads."""
    for scope in nodes:
        if not isinstance(scope, ast.ClassDef) or not any(
            _dotted(base).endswith("BaseSettings") for base in scope.bases
        ):
            continue
        prefix = next(
            (
                str(word.value.value)
                for word in ast.walk(scope)
                if isinstance(word, ast.keyword) and word.arg == "env_prefix" and isinstance(word.value, ast.Constant)
            ),
            "",
        )
        for node in scope.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield f"{prefix}{node.target.id}".upper(), node


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def functions(nodes: Nodes) -> Iterator[str]:
    """The project's own functions whose first argument is the name of an environment variable that they read."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.args.args and _reads_argument(node, node.args.args[0].arg):
            yield node.name


def _reads_argument(function: ast.FunctionDef, argument: str) -> bool:
    for each in ast.walk(function):
        place: list[ast.expr] = []
        if isinstance(each, ast.Subscript) and _dotted(each.value).split(".")[-1] in {"environ", "env"}:
            place = [each.slice]
        elif isinstance(each, ast.Call) and _is_reader(each.func):
            place = each.args[:1]
        if any(isinstance(name, ast.Name) and name.id == argument for name in place):
            return True
    return False


def _is_reader(called: ast.expr, reader: str = "") -> bool:
    """Whether a function is a library's, such as `os.getenv`, `env.bool` or `config`. *reader*: see `reads`."""
    parts = _dotted(called).split(".")
    roots = {"os", "environ", "env", "getenv", "config", "decouple", reader}
    return parts[-1] in {*READERS, reader} and parts[0] in roots


def reads(
    node: ast.AST | Nodes, functions: Collection[str] = (), reader: str = ""
) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    """Environment variables that an expression or a whole file reads: the name, the reading node and its default.

    Arguments:
        functions: the project's own functions that read variables; see `functions`.
        reader: the name of the settings' own reader, if it is not one of the usual names.
    """
    for each in ast.walk(node) if isinstance(node, ast.AST) else node:
        if isinstance(each, ast.Subscript) and _dotted(each.value).split(".")[-1] in {"environ", "env"}:
            if isinstance(each.slice, ast.Constant) and isinstance(each.slice.value, str):
                yield each.slice.value, each, None
        elif (
            isinstance(each, ast.Call)
            and each.args
            and (_is_reader(each.func, reader) or (isinstance(each.func, ast.Name) and each.func.id in functions))
        ):
            first = each.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and VARIABLE.match(first.value)):
                continue
            default = next((word.value for word in each.keywords if word.arg == "default"), None)
            if default is None and len(each.args) > 1:
                default = each.args[1]
            yield first.value, each, default
