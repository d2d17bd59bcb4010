"""Railway's GraphQL API. Only it has deployment states, complete logs, and several changes in one request.

With a token, requests go to the API directly. With the login of the `railway` command they go through `railway api`,
so that Golive never reads the login's token. Source: Railway's public schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from wizard.base.errors import ServiceError
from wizard.base.secrets import excerpt
from wizard.services.http import Client, required_value
from wizard.services.response_guard import guard_responses
from wizard.targets.railway.command import RailwayCli
from wizard.targets.railway.documents import DOCUMENTS
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.refusals import refusal

GOOD = {"SUCCESS", "SLEEPING", "SKIPPED"}
BAD = {"FAILED", "CRASHED", "REMOVED", "REMOVING"}
"""States in which a deployment has ended. Source: Railway's public schema."""


class Transport(Protocol):
    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]: ...


@guard_responses("Railway")
@dataclass(frozen=True)
class ByToken:
    """Sends documents to the API, with a token."""

    client: Client

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        body = {"query": document, "variables": dict(variables)}
        # Railway answers a refused document with various statuses, so only its `errors` are checked.
        refused = frozenset({400, 401, 403, 404})
        answer = self.client.json("POST", "", json=body, retry=document.startswith("query"), accept=refused)
        return dict(answer or {})


@guard_responses("Railway")
@dataclass(frozen=True)
class ByLogin:
    """Sends documents through `railway api`; the variables go to its standard input."""

    cli: RailwayCli

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        flat = " ".join(document.split())
        text = self.cli.run("api", flat, "--variables", "@-", "--allow-errors", stdin=json.dumps(dict(variables)))
        try:
            return dict(json.loads(text))
        except ValueError as error:
            raise RailwayError("refused", "`railway api` did not print JSON", excerpt(text, 200)) from error


@guard_responses("Railway")
@dataclass(frozen=True)
class RailwayApi:
    transport: Transport

    def ask(self, name: str, **variables: Any) -> dict[str, Any]:
        """Send the document *name* and return its data.

        Raises:
            RailwayError: the response has errors, or there was none.
        """
        try:
            answer = self.transport.ask(DOCUMENTS[name], variables)
        except RailwayError:
            raise
        except ServiceError as error:
            kind = {401: "login", 403: "login", 429: "limited", 0: "network"}.get(error.status, "refused")
            raise RailwayError(kind, error.what, error.why, error.hint, status=error.status) from error
        if errors := answer.get("errors"):
            raise _refusal(errors)
        return dict(required_value(answer, "data", of="Railway"))


def _refusal(errors: Any) -> RailwayError:
    first = errors[0] if isinstance(errors, list) and errors else {}
    message = first.get("message") if isinstance(first, dict) else first
    return refusal(excerpt(str(message), 400), what="A request")


def nodes(connection: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the entries of a GraphQL connection."""
    return [dict(edge["node"]) for edge in (connection or {}).get("edges") or []]
