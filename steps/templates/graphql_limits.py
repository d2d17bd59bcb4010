"""Rate limits for GraphQL mutations. Each use counts, including aliases and batched queries."""

import json
import re

from django.http import JsonResponse
from django.urls import Resolver404, resolve

from ratelimits import MESSAGE, refused

# URL name (or route, if it has no name) -> mutation -> (group, rate, key)
MUTATIONS = {}


def queries(request):
    """Return the queries of a request as text."""
    if request.content_type == "application/json":
        try:
            sent = json.loads(request.body)
        except ValueError:
            return ""
        parts = sent if isinstance(sent, list) else [sent]
        return " ".join(
            str(part.get("query")) for part in parts if isinstance(part, dict)
        )
    if request.content_type == "application/graphql":
        return request.body.decode("utf-8", "replace")
    return request.POST.get("query", "")


class GraphQLLimitMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        for limits in self._limits(request):
            for name in re.findall(r"\w+", queries(request)):
                refusal = refused(request, *limits[name]) if name in limits else None
                if refusal is not None:
                    response = JsonResponse(
                        {"errors": [{"message": MESSAGE}]}, status=429
                    )
                    response["Retry-After"] = refusal["Retry-After"]
                    return response
        return self.get_response(request)

    def _limits(self, request):
        try:
            match = resolve(request.path_info) if request.method == "POST" else None
        except Resolver404:
            return
        for key in (match.view_name, match.route) if match else ():
            if key in MUTATIONS:
                yield MUTATIONS[key]
                return
