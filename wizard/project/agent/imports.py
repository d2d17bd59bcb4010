"""Run a function as soon as a module has been imported, without importing it."""

import sys

_WAITING = {}
"""Module name -> the functions that get the module."""


def when_imported(name, function):
    """Call *function* with the module *name*: now if it is imported already, else right after its import."""
    if name in sys.modules:
        function(sys.modules[name])
        return
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
    _WAITING.setdefault(name, []).append(function)


class Finder:
    """Finds nothing itself. It wraps the loader that another finder has found for an awaited module."""

    def find_spec(self, name, path=None, target=None):
        if name not in _WAITING:
            return None
        for finder in sys.meta_path:
            find = None if isinstance(finder, Finder) else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = Loader(spec.loader, spec)
                return spec
        return None


class Loader:
    """Loads a module with the loader *real*, and then calls the functions that wait for it."""

    def __init__(self, real, spec):
        self.real, self.spec = real, spec

    def __getattr__(self, name):
        return getattr(self.real, name)

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        self.spec.loader = module.__loader__ = self.real
        self.real.exec_module(module)
        for function in _WAITING.pop(self.spec.name, ()):
            try:
                function(module)
            except (AttributeError, ImportError, TypeError, ValueError):
                pass  # another version of the package; it must still work
