"""Requests and answers: the table of operations, how a child prepares for a request, and exceptions as data."""

import importlib
import os
import re
import sys
import traceback

OPERATIONS = {}
"""Operation name -> the function that answers it. The function gets the request and returns the answer, both dicts."""
_WHERE = {}
"""The request's `top`: the folder below which files are the project's own, if it is above the working folder."""


class Ended(Exception):
    """The project's code ended the process that had to answer, or kept it from answering."""


class TooMuch(Ended):
    """The project's code exceeded the time limit or the output limit."""


def operation(name):
    """Register a function as the operation *name*."""

    def register(function):
        OPERATIONS[name] = function
        return function

    return register


def enter(request):
    """Apply the environment, folder, import path and settings module of *request* to this process."""
    os.environ.clear()
    os.environ.update(request["env"])
    if request.get("settings"):
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    os.chdir(request["cwd"])
    _WHERE["top"] = request.get("top", "")
    for old, new in request.get("moved", []):
        sys.path[:] = [redirected(entry, old, new) for entry in sys.path]
    sys.path[:0] = request["paths"]
    importlib.invalidate_caches()


def redirected(entry, old, new):
    """Map an import path below *old* to *new*, except for the virtual environment, which stays where it is."""
    real = os.path.realpath(entry) if entry else entry
    if (
        entry
        and (real + os.sep).startswith(old + os.sep)
        and not (real + os.sep).startswith(os.path.realpath(sys.prefix) + os.sep)
    ):
        return new + real[len(old) :]
    return entry


def project_folder(cwd):
    """The folder below which files are the project's own: the repository, or the working folder *cwd*."""
    top = _WHERE.get("top", "")
    return top if top and (cwd + os.sep).startswith(top + os.sep) else cwd


def describe_error(error, cwd):
    """An exception as data: its type, its message, and the project's own lines in its traceback, the deepest last."""
    folder = project_folder(cwd)
    frames = [
        [os.path.relpath(frame.filename, cwd), frame.lineno]
        for frame in traceback.extract_tb(error.__traceback__)
        if is_own_file(frame.filename, folder)
    ]
    place = frames[-1] if frames else None
    if isinstance(error, SyntaxError) and error.filename:
        place = [os.path.relpath(error.filename, cwd), error.lineno]
    cause = error.__cause__ or error.__context__
    chain, missing, module = error, None, None
    while chain is not None:
        missing = missing or (chain.filename if isinstance(chain, FileNotFoundError) else None)
        module = module or missing_module(chain)
        chain = chain.__cause__ or chain.__context__
    return {
        "type": type(error).__name__,
        "message": str(error)[:600],
        "place": place,
        "frames": frames[-12:],
        "missing": str(missing) if missing else None,
        "module": module,
        "cause": [type(cause).__name__, str(cause)[:200]] if cause else None,
    }


def is_own_file(path, cwd):
    """Whether *path* is a file of the project and not of a package installed below it."""
    return path.startswith(cwd + os.sep) and "site-packages" not in path


def missing_module(error):
    """The dotted name of the module that an import did not find. None for any other error."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    match = (
        re.match(r"cannot import name '(\w+)' from '([\w.]+)'", str(error)) if isinstance(error, ImportError) else None
    )
    return "%s.%s" % (match.group(2), match.group(1)) if match else None
