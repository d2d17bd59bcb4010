"""Something observed at a target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Observation:
    """Something observed at a target, as a step reports it in evidence.

    Arguments:
        holds: whether it is as it should be; None if that can't be decided yet.
        kind: the kind of evidence, such as `service` or `request`.
        ran: the command or request, or the file read.
        showed: the result.
        real: False for a stub of a service.
        absent: it can't be decided because what it is about does not exist, so an earlier tick no longer holds.
    """

    holds: bool | None
    kind: str
    ran: str
    showed: str
    real: bool = True
    absent: bool = False
