"""The structure of the code: no import cycles, short modules and functions, and a docstring in each package."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

TOP = Path(__file__).parents[2]
FOLDERS = ("wizard", "steps", "screens")
MODULE_LINES = 350
MEDIAN_LINES = 120
FUNCTION_LINES = 50


def module_name(path):
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for folder in FOLDERS for path in (TOP / folder).rglob("*.py")}
PACKAGES = sorted(str(path.relative_to(TOP)) for name, path in MODULES.items() if path.name == "__init__.py")


def absolute(node, path):
    """The module that an `import … from` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(TOP).parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def imports_of(path):
    """The modules of this repository that *path* imports anywhere: in functions and under TYPE_CHECKING too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, path)
            submodules = {f"{module}.{alias.name}" for alias in node.names}
            # `from package import module` does not depend on the package itself.
            found |= submodules & MODULES.keys() or {module}
    return found & MODULES.keys()


def cycles(graph):
    """The groups of modules that import each other, by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in graph[module]:
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in graph:
        if module not in index:
            visit(module)
    return found


def functions(path):
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(path):
    return len(path.read_text().splitlines())


def test_cycles_are_found():
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["b", "c"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other():
    graph = {name: imports_of(path) - {name} for name, path in MODULES.items()}
    assert cycles(graph) == []


def test_no_module_is_too_long():
    sizes = {name: lines(path) for name, path in MODULES.items()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}
    assert median(size for name, size in sizes.items() if MODULES[name].name != "__init__.py") < MEDIAN_LINES


def test_no_function_is_too_long():
    sizes = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name, path in MODULES.items()
        for node in functions(path)
    }
    assert {place: size for place, size in sizes.items() if size > FUNCTION_LINES} == {}


def test_each_child_gets_an_environment_that_is_chosen():
    """A child that inherits Golive's environment reads its tokens."""
    starts = {"subprocess.run", "subprocess.Popen"}
    children = {
        f"{name}:{node.lineno}": any(keyword.arg == "env" for keyword in node.keywords)
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in starts
    }
    assert children
    assert [place for place, chosen in children.items() if not chosen] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_a_docstring_and_nothing_else(package):
    tree = ast.parse((TOP / package).read_bytes())
    docstring, statements = ast.get_docstring(tree), tree.body[1:]
    assert docstring, "it describes the package"
    allowed = (ast.Assign, ast.AnnAssign) if package == "wizard/__init__.py" else ()
    assert [ast.unparse(node) for node in statements if not isinstance(node, allowed)] == []
