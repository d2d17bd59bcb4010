"""List the WebSocket routes of the project's ASGI application, as Channels' URLRouter has them."""

import traceback
from importlib import import_module

MOST = 20


def websocket_routes(settings):
    """The routes below ASGI_APPLICATION. Empty without Channels, or if the application can't be loaded."""
    dotted = getattr(settings, "ASGI_APPLICATION", None)
    if not dotted or not any(name.split(".")[0] in ("channels", "daphne") for name in settings.INSTALLED_APPS):
        return []
    try:
        module, name = dotted.rsplit(".", 1)
        application = getattr(import_module(module), name)
        router = getattr(application, "application_mapping", {}).get("websocket")
        return list(routes_below(router, ""))[:MOST]
    except Exception:
        traceback.print_exc()  # the server that is started later reports it
        return []


def routes_below(application, prefix):
    """The routes of a URLRouter, also inside middleware that wraps it."""
    for _ in range(MOST):
        if hasattr(application, "routes"):
            break
        application = getattr(application, "inner", None) or getattr(application, "application", None)
        if application is None:
            return
    for route in getattr(application, "routes", ()):
        pattern = prefix + str(route.pattern)
        inner = getattr(route, "callback", None)
        if hasattr(inner, "routes"):
            yield from routes_below(inner, pattern)
        else:
            yield pattern
