"""Turn the exceptions that an unexpected response of a service causes into readable errors."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from wizard.base.errors import ServiceError

T = TypeVar("T")
MALFORMED = (LookupError, TypeError, AttributeError, ValueError)
"""Exceptions of code that reads a response in which a part is missing or has another type."""


def guard_responses(service: str) -> Callable[[type[T]], type[T]]:
    """Decorate a class so that its methods raise a ServiceError for an unexpected response of *service*."""

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
    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except MALFORMED as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise ServiceError(
                f"{service} sent a response that Golive can't read",
                f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}",
                "Check for a newer version of Golive.",
                service=service,
            ) from error

    return guarded
