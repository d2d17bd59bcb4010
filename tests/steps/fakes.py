"""Doubles of a project, a site and a sandbox for the checks of a step. They start no process."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import httpx

from wizard.base.process import Completed
from wizard.checklist.evidence import rehearsed
from wizard.editing import dotenv
from wizard.project.platform import RAILWAY
from wizard.project.settings import SettingsFiles
from wizard.project.urls import Url


def url(route, name=None, view="shop.views.page", *, kind="function", **given):
    """A row of the URL configuration."""
    row = {"file": None, "line": None, "methods": None, "actions": None, "is_async": False, "drf": False, **given}
    return Url(route, name, view, kind=kind, **row)


class FakeProject(SimpleNamespace):
    """A project in *root* with *text* as its settings and *values* as the settings that Django reads from them."""

    def __init__(self, root, text="", values=None, **given):
        main = root / "settings.py"
        main.write_text(text)
        defaults = {
            "root": root, "top": root, "git": None, "django": (5, 2), "platform": RAILWAY, "urls": [],
            "urls_file": None,
            "production_env": root / ".env.production", "development_env": root / ".env",
            "settings": SettingsFiles("settings", main, (root,)), "unset": [], "originals": {},
            "manage": root / "manage.py", "settings_module": "settings", "production_module": "settings",
            "interpreter": SimpleNamespace(start=lambda: {"python": "3.11.7", "packages": str(root / "packages")}),
            "copy": SimpleNamespace(at=lambda path: path, back=lambda path: path, known=lambda: [main],
                                    files=lambda: [main]),
            "loader": SimpleNamespace(extra_files=SimpleNamespace(import_path="")),
            "inspected": {"messages": [], "handlers": [], "overridden": [], "settings": values or {}},
        }  # fmt: skip
        super().__init__(**{**defaults, **given})

    @property
    def values(self):
        return self.inspected["settings"]

    def value(self, name, default=None):
        return self.values.get(name, default)

    def inspect_settings(self):
        return self.inspected

    def env_values(self, path):
        return dotenv.values(path.read_bytes()) if path.is_file() else {}

    def settings_under(self, *environments, leave=False):
        requests = [self.request("inspect", environment=each, only="settings") for each in environments]
        return self.interpreter.ask_all(requests)

    def template_folders(self):
        return [self.root]

    def own(self, path):
        return None

    def set_by(self, name):
        return ""

    def origin(self, name):
        return ""

    def display_path(self, path):
        return path.relative_to(self.root).as_posix()


class FakeSite:
    """Answers requests with *answer*, a function of the method, the path and the other request arguments."""

    host = "shop.example"
    tls, public = None, False

    def __init__(self, answer):
        self.answer = answer

    def get(self, path, *, timeout=None, seconds=None, **sent):
        return self._request("GET", path, sent)

    def peek(self, path, client):
        return self._request("GET", path, {"client": client})

    def post(self, path, **sent):
        return self._request("POST", path, sent)

    def request(self, method, path, **sent):
        return self._request(method, path, sent)

    def _request(self, method, path, sent):
        found = self.answer(method, path, **sent)
        found.request = httpx.Request(method, f"https://{self.host}{path}")  # the answer may set its cookies
        return found

    def form(self, path, client, cookies=None):
        return {}

    def burst(self, path, count, **sent):
        return sorted(self.post(path, **sent).status_code for _ in range(count))


class FakeSandbox(SimpleNamespace):
    """Serves *sites* one after the other, and runs no command: `manage` returns *completed*."""

    def __init__(self, *sites, completed=None, **given):
        super().__init__(sites=list(sites), completed=completed, **given)

    @contextmanager
    def running(self, overrides="", **how):
        yield self.sites.pop(0)

    def gunicorn(self, workers, overrides=""):
        return self.running()

    def error_page_settings(self):
        return ""

    def manage(self, *arguments, **how):
        return self.completed

    def new_log_text(self):
        return ""

    def last_gunicorn_error(self):
        return ": KeyError"

    def evidence(self, item, holds, kind, ran, showed, **more):
        return rehearsed(item, holds, kind, ran, showed, **more)


def completed(returncode, output):
    return Completed(("/usr/bin/python", "manage.py", "check"), returncode, output)


def response(status, text="", **headers):
    return httpx.Response(status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()})


def by_item(evidence):
    """Evidence by its item."""
    return {found.item: found for found in evidence}
