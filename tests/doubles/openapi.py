"""Checks each request to a stand-in against the service's published description; what that refuses is refused here."""

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
    """The file *name* of schemas/ (JSON is YAML), served at *base*; read when first needed, as that takes a second."""
    spec = yaml.load((Path(__file__).parent / "schemas" / name).read_text(), yaml.CSafeLoader)
    return OpenAPI.from_dict({**spec, "servers": [{"url": base}], "security": []})


def checked(name, base, problems):
    """Middleware that answers 400 to what the schema *name*, served at *base*, doesn't know; noted in *problems*."""

    @web.middleware
    async def check(request, handler):
        if request.match_info.http_exception or request.path in {"/api/0/"} or request.path.endswith("/envelope/"):
            return await handler(request)  # what no description speaks of
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
