"""Record which environment variables the project's code reads, and at which of its lines."""

import os
import sys

from .protocol import is_own_file, project_folder

MOST = 400
"""Reads that are recorded. Settings read some dozens."""
EVERY = "*"
DEPTH = 60
"""Frames to go up from a read in search of the project's own lines."""


class EnvironmentReads:
    """While active, record each read of `os.environ` by code of the project or by a library that it calls.

    `found` has one list for each read, in their order: the name, whether it had a value, and the own lines on the call
    stack as [file relative to *cwd*, line], innermost first. `names` are those of all reads, by any code; EVERY if all
    were listed. Values are not recorded.
    """

    def __init__(self, cwd):
        self.cwd, self.found, self.names = cwd, [], set()

    def __enter__(self):
        kind = type(os.environ)
        self.kind, self.real, self.real_iter = kind, kind.__getitem__, kind.__iter__

        def iterate(environ):
            self.names.add(EVERY)
            return self.real_iter(environ)

        def getitem(environ, name):
            try:
                value = self.real(environ, name)
            except KeyError:
                self.note(name, False)
                raise
            self.note(name, bool(value))
            return value

        kind.__iter__ = iterate
        kind.__getitem__ = getitem  # `get`, `getenv`, `in` and `copy` all come here
        return self

    def __exit__(self, *_):
        self.kind.__getitem__, self.kind.__iter__ = self.real, self.real_iter

    def note(self, name, present):
        self.names.add(str(name))
        if len(self.found) < MOST:
            places = self.own_lines(sys._getframe(2))
            if places:
                self.found.append([str(name), present, places])

    def own_lines(self, frame):
        """The project's lines that led to a read. None if a library reads the variable while it is imported."""
        places, folder = [], project_folder(self.cwd)
        for _ in range(DEPTH):
            if frame is None:
                break
            name = frame.f_code.co_filename
            if is_own_file(name, folder):
                places.append([os.path.relpath(name, self.cwd), frame.f_lineno])
            elif name.startswith("<frozen importlib") and not places:
                return None
            frame = frame.f_back
        return places[:8]
