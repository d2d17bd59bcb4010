"""The WebSocket routes that the agent lists, from objects with the attributes that Channels' classes have."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from wizard.project.agent.websockets import websocket_routes

APPS = ["django.contrib.auth", "channels"]


def route(pattern, callback=None):
    return SimpleNamespace(pattern=pattern, callback=callback)


def router(*routes):
    return SimpleNamespace(routes=list(routes))


INNER = router(route("room/<name>/"), route("lobby/"))


@pytest.mark.parametrize(
    ("socket", "routes"),
    [
        (router(route(r"^ws/(?P<name>\w+)/$")), [r"^ws/(?P<name>\w+)/$"]),
        (SimpleNamespace(application=SimpleNamespace(inner=router(route("ws/")))), ["ws/"]),
        (router(route("chat/", INNER)), ["chat/room/<name>/", "chat/lobby/"]),
        (SimpleNamespace(other=1), []),
        (None, []),
    ],
    ids=["routes", "in middleware", "nested", "a consumer without routes", "no WebSockets"],
)
def test_routes_are_found_below_middleware_and_in_other_routers(monkeypatch, socket, routes):
    module = ModuleType("site_asgi")
    module.application = SimpleNamespace(application_mapping={"websocket": socket})
    monkeypatch.setitem(sys.modules, "site_asgi", module)
    settings = SimpleNamespace(ASGI_APPLICATION="site_asgi.application", INSTALLED_APPS=APPS)
    assert websocket_routes(settings) == routes


@pytest.mark.parametrize(
    "settings",
    [
        SimpleNamespace(INSTALLED_APPS=APPS),
        SimpleNamespace(ASGI_APPLICATION="no.such.module", INSTALLED_APPS=["django.contrib.auth"]),
        SimpleNamespace(ASGI_APPLICATION="no.such.module", INSTALLED_APPS=APPS),
    ],
    ids=["no application", "no Channels", "it can't be loaded"],
)
def test_without_a_loadable_application_there_are_no_routes(settings):
    assert websocket_routes(settings) == []
