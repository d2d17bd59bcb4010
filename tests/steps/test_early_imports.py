"""Imports of a served module that need Django are found, and moved below the line that sets it up."""

from __future__ import annotations

import textwrap

import pytest

from steps.shared import early_imports
from steps.shared.early_imports import EarlyImport
from steps.t16_procfile import wanted_parts
from tests.steps.real_project import apply, opened
from tests.steps.served import Served
from wizard.checklist.answers import Answers
from wizard.plan.actions import Plan
from wizard.project.build_steps import build_steps
from wizard.project.start_sources import find as find_start

INLINE = """
    import os

    from django.core.asgi import get_asgi_application
    from channels.routing import ProtocolTypeRouter
    import chat.routing

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

    application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": chat.routing.router})
"""
INLINE_AFTER = """
    import os

    from django.core.asgi import get_asgi_application
    from channels.routing import ProtocolTypeRouter

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

    django_application = get_asgi_application()

    import chat.routing  # noqa: E402

    application = ProtocolTypeRouter({"http": django_application, "websocket": chat.routing.router})
"""
NAMED = """
    import os

    from django.core.asgi import get_asgi_application

    from chat.routing import (
        first,
        second,
    )
    from chat.tokens import Tokens  # of the API
    from channels.auth import AuthMiddlewareStack

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    http = get_asgi_application()

    application = Tokens(AuthMiddlewareStack(http, first, second))
"""
NAMED_AFTER = """
    import os

    from django.core.asgi import get_asgi_application

    from channels.auth import AuthMiddlewareStack

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    http = get_asgi_application()

    from chat.routing import (
        first,
        second,
    )
    from chat.tokens import Tokens  # of the API

    application = Tokens(AuthMiddlewareStack(http, first, second))
"""
NESTED = """
    try:
        import chat.routing
    except ImportError:
        pass
    application = get_asgi_application()
"""
USED = """
    import chat.routing
    chat.routing.prepare()
    application = get_asgi_application()
"""
NEVER = "import chat.routing\n"


def written(text):
    """*text* as the content of a file, with line ends of Windows if it begins with CRLF."""
    lines = textwrap.dedent(text.removeprefix("CRLF")).lstrip("\n")
    return (lines.replace("\n", "\r\n") if text.startswith("CRLF") else lines).encode()


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        pytest.param(INLINE, 5, INLINE_AFTER, id="the call is part of a statement"),
        pytest.param("CRLF" + INLINE, 5, "CRLF" + INLINE_AFTER, id="CRLF stays"),
        pytest.param(NAMED, 5, NAMED_AFTER, id="the call has a line, and two imports move"),
        pytest.param(NESTED, 2, None, id="inside another statement"),
        pytest.param(USED, 1, None, id="used in between"),
        pytest.param(NEVER, 1, None, id="nothing sets up Django"),
    ],
)
def test_the_import_moves_below_the_line_that_sets_up_django(tmp_path, before, line, after):
    before, after = (written(text) if text else None for text in (before, after))
    files = {"shop/asgi.py": before, "chat/__init__.py": "", "chat/routing.py": "", "chat/tokens.py": ""}
    project = Served(tmp_path, files)
    found = EarlyImport(project.root / "shop" / "asgi.py", line, "AppRegistryNotReady")
    assert [each.after for each in early_imports.edits(project, found)] == ([after] if after else [])


SHOP = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.contrib.auth.models import User\n\nOWNER = User\n",
    "shop/router.py": "from shop import models\n",
    "shop/wsgi.py": """
        import os

        from django.core.wsgi import get_wsgi_application
        from shop import router

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
        application = get_wsgi_application()
        """,
}  # fmt: skip


@pytest.mark.parametrize("variable", ["", "DJANGO_SETTINGS_MODULE=settings\n"], ids=["no settings yet", "no apps yet"])
def test_a_server_that_could_not_load_the_module_can_after_the_edit(tmp_path, python, variable):
    given = {**SHOP, ".env.production": variable} if variable else SHOP
    with opened(tmp_path, python, given, 'WSGI_APPLICATION = "shop.wsgi.application"\n') as (project, _):
        wanted = wanted_parts(project, Answers(), build_steps(project, find_start(tmp_path, tmp_path)))
        look = lambda: early_imports.find(project, find_start(tmp_path, tmp_path), wanted)  # noqa: E731
        found = look()
        assert found is not None and (found.path.name, found.line) == ("wsgi.py", 4)
        assert found.fault(project).startswith("shop/wsgi.py:4 imports what needs Django before Django is set up: ")
        assert apply(project, Plan.of(*early_imports.edits(project, found))) == ["shop/wsgi.py"]
        assert look() is None


def test_a_module_that_raises_for_another_reason_has_no_early_import(tmp_path, python):
    broken = {**SHOP, "shop/router.py": "raise ValueError('AppRegistry')\n"}
    with opened(tmp_path, python, broken, 'WSGI_APPLICATION = "shop.wsgi.application"\n') as (project, _):
        wanted = wanted_parts(project, Answers(), build_steps(project, find_start(tmp_path, tmp_path)))
        assert early_imports.find(project, find_start(tmp_path, tmp_path), wanted) is None
