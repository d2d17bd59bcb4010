"""The boundary to a service: an answer of another form than its documentation is an error that a person can read."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from wizard.base.errors import ServiceError

T = TypeVar("T")
ODD = (LookupError, TypeError, AttributeError, ValueError)
"""What taking an answer apart raises when a part is missing, or is of another kind."""


def guard_responses(service: str) -> Callable[[type[T]], type[T]]:
    """Class decorator: what the methods make of an answer of *service* that they don't know is a ServiceError."""

    def decorate(cls: type[T]) -> type[T]:
        for name, member in list(vars(cls).items()):
            if name.startswith("__"):
                continue
            if inspect.isfunction(member) and not inspect.isgeneratorfunction(member):
                setattr(cls, name, _guarded(service, member))
            elif isinstance(member, property) and member.fget:
                setattr(cls, name, property(_guarded(service, member.fget), doc=member.__doc__))
        return cls

    return decorate


def _guarded(service: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*arguments: Any, **more: Any) -> Any:
        try:
            return function(*arguments, **more)
        except ODD as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise ServiceError(
                f"{service} answered in a form that Golive doesn't know",
                f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}",
                "Is there a newer Golive?",
                service=service,
            ) from error

    return guarded
