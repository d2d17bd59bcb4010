"""The error that everything about Railway raises."""

from __future__ import annotations

from wizard.base.errors import ServiceError


class RailwayError(ServiceError):
    """An error of Railway.

    Arguments:
        kind: missing, old, login, limited, network, absent, refused, taken, plan, region, large or database.
        output: what a program printed that failed, if *why* is no message of Railway.
    """

    def __init__(
        self, kind: str, what: str, why: str = "", hint: str = "", *, status: int = 0, output: str = ""
    ) -> None:
        super().__init__(what, why, hint, service="Railway", status=status)
        self.kind, self.output = kind, output
