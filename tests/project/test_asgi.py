"""Which projects need an ASGI server, which server they get, and how WebSocket routes become paths."""

from __future__ import annotations

import pytest

from tests.steps.served import CHANNELS_ASGI, PLAIN_ASGI, Served
from wizard.project import asgi
from wizard.site.websocket import example_path

SOCKETS = {"shop/asgi.py": CHANNELS_ASGI}
ROUTED = {"ASGI_APPLICATION": "shop.asgi.application"}


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        pytest.param(PLAIN_ASGI, {}, "", id="as startproject makes it"),
        pytest.param(PLAIN_ASGI, ROUTED, "", id="named in the settings"),
        pytest.param(None, {"INSTALLED_APPS": ["channels"]}, "", id="no asgi.py"),
        pytest.param(PLAIN_ASGI, {**ROUTED, "INSTALLED_APPS": ["daphne"]}, "INSTALLED_APPS has daphne", id="daphne"),
        pytest.param(PLAIN_ASGI, {"INSTALLED_APPS": ["channels"]}, "", id="an app that nothing routes to"),
        pytest.param(CHANNELS_ASGI, {}, "shop/asgi.py:1 uses channels", id="channels"),
        pytest.param(
            PLAIN_ASGI, {**ROUTED, "INSTALLED_APPS": ["channels.apps.ChannelsConfig", "django_eventstream"]},
            "INSTALLED_APPS has channels and django_eventstream", id="event stream",
        ),
        pytest.param(
            "from django.core.asgi import get_asgi_application\nfrom starlette.applications import Starlette\n", {},
            "shop/asgi.py:2 uses starlette", id="Starlette",
        ),
        pytest.param(
            "async def application(scope, receive, send):\n    if scope['type'] == 'websocket':\n        pass\n", {},
            "shop/asgi.py:2 answers WebSockets", id="its own handler",
        ),
        pytest.param("def broken(:\n", {}, "", id="a syntax error"),
    ],
)  # fmt: skip
def test_an_asgi_server_is_needed_for_more_than_djangos_handler(tmp_path, text, values, reason):
    assert asgi.need_for_asgi(Served(tmp_path, {"shop/asgi.py": text}, values)) == reason


def test_without_a_wsgi_application_there_is_only_asgi(tmp_path):
    project = Served(tmp_path, {"shop/asgi.py": PLAIN_ASGI, "shop/wsgi.py": None}, {"WSGI_APPLICATION": None})
    assert asgi.need_for_asgi(project) == "there is an ASGI application only: shop.asgi:application"


@pytest.mark.parametrize(
    ("requirements", "values", "command", "packages"),
    [
        ("channels[daphne]\n", {}, "daphne -b 0.0.0.0 -p ${PORT:-8000} shop.asgi:application", ()),
        ("uvicorn\n", {}, "uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT:-8000} --lifespan off",
         ("uvicorn", "websockets")),
        ("uvicorn[standard]\n", {}, "uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT:-8000} --lifespan off",
         ("uvicorn",)),
        ("hypercorn\ngunicorn\n", {}, "hypercorn shop.asgi:application --bind 0.0.0.0:${PORT:-8000}", ("hypercorn",)),
        ("channels\ngunicorn\n", {}, "gunicorn shop.asgi:application --worker-class uvicorn_worker.UvicornWorker "
         "--bind 0.0.0.0:${PORT:-8000} --access-logfile -", ("gunicorn", "uvicorn-worker", "websockets")),
        ("channels\n", {"INSTALLED_APPS": ["daphne"]}, "daphne -b 0.0.0.0 -p ${PORT:-8000} shop.asgi:application",
         ("daphne",)),
    ],
)  # fmt: skip
def test_the_server_is_the_one_that_the_project_requires(tmp_path, requirements, values, command, packages):
    project = Served(tmp_path, {**SOCKETS, "requirements.txt": requirements}, values)
    assert (asgi.asgi_command(project), asgi.asgi_packages(project)) == (command, packages)


@pytest.mark.parametrize(("requirements", "workers"), [("uvicorn\n", " --workers 1"), ("daphne\n", "")])
def test_a_channel_layer_in_memory_gets_one_process(tmp_path, requirements, workers):
    files = {**SOCKETS, "requirements.txt": requirements}
    memory, redis = (
        Served(tmp_path, files, {"CHANNEL_LAYERS": {"default": {"BACKEND": backend}}})
        for backend in ("channels.layers.InMemoryChannelLayer", "channels_redis.core.RedisChannelLayer")
    )
    assert asgi.asgi_command(memory) == asgi.asgi_command(redis) + workers


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (r"ws/chat/(?P<room_name>\w+)/$", "/ws/chat/1/"),
        ("ws/chat/<str:room>/", "/ws/chat/1/"),
        (r"^ws/notify/$", "/ws/notify/"),
        ("ws/<uuid:order>/", "/ws/00000000-0000-4000-8000-000000000001/"),
        (r"/?ws/game/(?P<id>[0-9a-f-]+)/(?P<turn>\d+)$", "/ws/game/1/1"),
    ],
)
def test_a_route_becomes_a_path_that_it_matches(pattern, path):
    assert example_path(pattern) == path
