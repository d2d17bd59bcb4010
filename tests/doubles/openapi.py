"""Check requests to a test double against the service's published OpenAPI description, and refuse invalid ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from aiohttp import web
from openapi_core import OpenAPI
from openapi_core.contrib.aiohttp import AIOHTTPOpenAPIWebRequest
from openapi_core.exceptions import OpenAPIError


@cache
def described(name, base):
    """Read schemas/*name* (JSON is YAML) as an API at *base*. This takes a second, so it is done on first use."""
    spec = yaml.load((Path(__file__).parent / "schemas" / name).read_text(), yaml.CSafeLoader)
    return OpenAPI.from_dict({**spec, "servers": [{"url": base}], "security": []})


def checked(name, base, problems):
    """Return middleware that answers 400 to requests that are invalid by schema *name*, and adds them to *problems*."""

    @web.middleware
    async def check(request, handler):
        if request.match_info.http_exception or request.path in {"/api/0/"} or request.path.endswith("/envelope/"):
            return await handler(request)  # not part of the description
        body = await request.read()
        try:
            described(name, base).validate_request(AIOHTTPOpenAPIWebRequest(request, body=body or None))
        except OpenAPIError as error:
            cause = error.__cause__
            why = "; ".join(str(each.message) for each in getattr(cause, "schema_errors", ())) or str(cause or error)
            problems.append(f"{request.method} {request.path}: {why}")
            return web.json_response({"message": f"{error}: {why}", "statusCode": 400}, status=400)
        return await handler(request)

    return check
