"""What a function of the project reads from a request: bags of values, such as `request.POST`, and reads from them."""

import ast
import os

from .input_kinds import kind_by_name, make_input
from .installed_apps import is_site_code
from .protocol import is_own_file, project_folder

POST, GET, FILES, DATA, JSON = "POST", "GET", "FILES", "data", "json"
BAGS = {
    "POST": POST, "GET": GET, "FILES": FILES, "data": DATA, "query_params": GET, "body": JSON, "params": GET,
}  # fmt: skip
"""Attributes of a request that hold what the visitor sent."""
BOOLEAN_WORDS = {"on", "true", "True", "1", "yes"}
_TREES = {}
"""Path of a file -> its functions by the line where they start."""


class Bag:
    """A dictionary that the visitor sent, and what the code reads from it."""

    def __init__(self, source):
        self.source, self.reads = source, {}

    def read(self, name):
        if name not in self.reads and len(self.reads) < 300:
            self.reads[name] = Read(name, self.source)
        return self.reads.get(name) or Read(name, self.source)


class Read:
    """A value that the code reads by its name."""

    def __init__(self, name, source):
        self.name, self.source = name, source
        self.row, self.required, self.many, self.choices = {}, None, False, []
        self.inner = None
        """A bag, if the value is a dictionary or a list of them."""

    def bag(self, many=False):
        self.inner = self.inner or Bag(self.source)
        self.many = self.many or many
        return self.inner

    def learn(self, **values):
        """Add what a use of the value tells. The first use wins."""
        for key, value in values.items():
            if value not in (None, "", []):
                self.row.setdefault(key, value)

    def compared(self, text):
        if text in BOOLEAN_WORDS:
            self.learn(kind="boolean")
        elif text and text not in self.choices:
            self.choices.append(text)

    def describe(self):
        """The input, as JSON."""
        row = dict(self.row)
        guess = kind_by_name(self.name, guess=True)
        if self.inner is not None and self.inner.reads:
            row["kind"] = "object"
            row["inputs"] = [each.describe() for each in self.inner.reads.values()]
        elif self.source == FILES:
            row["kind"] = "image" if guess == "image" else "file"
        elif self.choices and row.get("kind", "text") in {"text", "choice"}:
            row["kind"], row["choices"] = "choice", self.choices
        row.setdefault("kind", guess if guess not in {"image"} else "text")
        row["required"] = row.get("required", True) if self.required is None else self.required
        row["many"] = self.many or bool(row.get("many"))
        row.pop("name", None)
        return make_input(self.name, **row)


def functions_in(path):
    """The functions of the file at *path*: the line of their first decorator or `def` -> node."""
    if path not in _TREES:
        found = {}
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            tree = ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                line = min([node.lineno] + [each.lineno for each in node.decorator_list])
                found[line] = found[node.lineno] = node
        _TREES[path] = found
    return _TREES[path]


def node_of(function):
    """The syntax of a function of the project. None for others."""
    code = getattr(function, "__code__", None)
    if code is None or not is_own(code.co_filename):
        return None
    return functions_in(code.co_filename).get(code.co_firstlineno)


def is_own(path):
    """Whether the file at *path* is one of the project's own, or of an installed app whose pages it shows."""
    if is_site_code(path):
        return True
    folder = project_folder(os.getcwd())
    return is_own_file(path, folder) or is_own_file(os.path.realpath(path), os.path.realpath(folder))


def constant(node):
    """The value of a literal, or None."""
    return node.value if isinstance(node, ast.Constant) else None


def key_of(node):
    """The literal key of a subscript, or None."""
    inner = node.slice
    if type(inner).__name__ == "Index":  # Python 3.8
        inner = inner.value
    return constant(inner)


def called_name(node):
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def asked_methods(test):
    """The methods that `request.method == "POST"` compares with. None for another test."""
    if not isinstance(test, ast.Compare) or getattr(test.left, "attr", "") != "method":
        return None
    compared = test.comparators[0]
    return {str(constant(each)).lower() for each in getattr(compared, "elts", [compared])}


REFUSALS = {"redirect", "HttpResponseRedirect", "HttpResponseForbidden", "redirect_to_login", "PermissionDenied"}


def refuses(body):
    """Whether a block ends with an exception, or by sending the visitor elsewhere."""
    last = body[-1] if body else None
    return isinstance(last, ast.Raise) or (isinstance(last, ast.Return) and called_name(last.value) in REFUSALS)


def ends(body):
    """Whether a block ends its function."""
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise))
