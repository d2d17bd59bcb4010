"""Trace what loading the settings does: which .env files are read, and which line sets each setting."""

import functools
import linecache
import os
import re
import sys


def watch_files(top):
    """Return a set that fills itself with the files below *top* that code opens from now on, packages left out."""
    found, top = set(), os.path.realpath(top) + os.sep

    def note(event, args):
        if event == "open" and isinstance(args[0], str) and args[0].startswith(top) and "site-packages" not in args[0]:
            found.add(args[0])

    sys.addaudithook(note)
    return found


def own_modules(top):
    """The source files below *top* of the imported modules, packages left out."""
    top = os.path.realpath(top) + os.sep
    paths = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return {path for path in paths if isinstance(path, str) and path.startswith(top) and "site-packages" not in path}


def watch_env_files():
    """Return a list that fills itself with the .env files that code opens or tests for from now on.

    It works for any library, since it watches the audit event of `open` and wraps `os.stat`.
    """
    found, real_stat = [], os.stat

    def note(path):
        if isinstance(path, (str, os.PathLike)):
            name = os.path.basename(os.fspath(path))
            full = os.path.abspath(path)
            # A virtual environment may be a folder called .env.
            if (
                isinstance(name, str)
                and re.match(r"\.env($|\.)|.*\.env$", name)
                and full not in found
                and not os.path.isdir(full)
            ):
                found.append(full)

    def stat(path, *args, **kwargs):
        if isinstance(path, (str, os.PathLike)) and ".env" in str(path):
            os.stat = real_stat
            try:
                note(path)
            finally:
                os.stat = stat
        return real_stat(path, *args, **kwargs)

    os.stat = stat
    sys.addaudithook(lambda event, args: note(args[0]) if event == "open" and ".env" in str(args[0]) else None)
    return found


class Origins:
    """Record which line of the project's files gave each of *names* its value while the settings are imported.

    The result is in `found`: name -> [file relative to the project's folder, line].
    """

    def __init__(self, cwd, names):
        self.cwd, self.names, self.found = os.path.realpath(cwd) + os.sep, tuple(names), {}

    def __enter__(self):
        self.before = sys.gettrace()
        if self.names:
            sys.settrace(self.trace_call)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)

    def trace_call(self, frame, event, _):
        """Trace the lines of a module of the project, and of nothing else."""
        code = frame.f_code
        if code.co_name != "<module>" or "site-packages" in code.co_filename:
            return None
        path = os.path.realpath(code.co_filename)
        if not path.startswith(self.cwd):
            return None
        # django-split-settings runs files in a namespace that others have filled.
        seen = {name: self.state(frame, name) for name in self.names if name in frame.f_globals}
        return functools.partial(self.trace_line, os.path.relpath(path, self.cwd), [frame.f_lineno], seen)

    def state(self, frame, name):
        """The identity and the length of the value that *name* has in *frame*."""
        value = frame.f_globals.get(name, self)
        return id(value), len(value) if isinstance(value, (list, dict, str, tuple)) else 0

    def trace_line(self, file, last, seen, frame, event, _):
        """Compare the traced names with their state before the line that just ran, which is *last*."""
        for name in self.names:
            state = self.state(frame, name)
            if state != seen.get(name, (id(self), 0)):
                seen[name] = state
                self.record(name, file, last[0])
        last[0] = frame.f_lineno
        return functools.partial(self.trace_line, file, last, seen)

    def record(self, name, file, line):
        """Record a new value, unless the line only imports a value that another file set."""
        text = linecache.getline(os.path.join(self.cwd, file), line)
        taken_over = re.match(r"\s*(from\s+\S+\s+import\s+\*|include\()", text)
        if not (taken_over and name in self.found):
            self.found[name] = [file, line]
