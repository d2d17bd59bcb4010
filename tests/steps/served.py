"""A project of real files for the tests of the start command and of what runs before it. It starts no process."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

from steps.t16_procfile import wanted_parts
from tests.steps.fakes import FakeProject
from wizard.checklist.answers import Answers
from wizard.project.build_steps import build_steps
from wizard.project.dependencies import find as find_dependencies
from wizard.project.settings import SettingsFiles
from wizard.project.start_sources import find

PLAIN_ASGI = "from django.core.asgi import get_asgi_application\n\napplication = get_asgi_application()\n"
CHANNELS_ASGI = (
    "from channels.routing import ProtocolTypeRouter, URLRouter\n"
    "from django.core.asgi import get_asgi_application\n\n"
    'application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter([])})\n'
)
MIGRATE = "python manage.py migrate --noinput"
COLLECT = "python manage.py collectstatic --noinput"
SERVE = "exec gunicorn shop.wsgi:application --bind 0.0.0.0:${PORT:-8000} --access-logfile -"
FILES = {
    "manage.py": "", "shop/__init__.py": "", "shop/wsgi.py": "application = None\n",
    "requirements.txt": "django\ngunicorn\n",
}  # fmt: skip


class Served(FakeProject):
    """A project whose files are *files*; manage.py is in the folder *below* the top of the repository."""

    def __init__(self, top, files=None, values=None, below=".", text="", **given):
        root = top / below
        usual = {f"{below}/{name}": content for name, content in FILES.items()}
        for path, content in {**usual, **(files or {})}.items():
            place = top / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                place.write_bytes(content if isinstance(content, bytes) else content.encode())
            else:
                place.unlink(missing_ok=True)
        values = {"WSGI_APPLICATION": "shop.wsgi.application", **(values or {})}
        super().__init__(root.resolve(), text, values, **given)
        self.top, self.manage = top.resolve(), self.root / "manage.py"
        self.copy = SimpleNamespace(files=self.files, known=self.files, at=lambda path: path, back=lambda path: path)
        self.python = SimpleNamespace(path=Path(sys.executable))

    def refresh(self):
        """Read the settings' files again."""
        self.settings = SettingsFiles("settings", self.root / "settings.py", (self.root,))

    @property
    def dependencies(self):
        return find_dependencies(self.root, self.top)

    def files(self):
        return sorted(path for path in self.top.rglob("*") if path.is_file() and path.name != "settings.py")

    def own(self, path):
        return path if path.is_relative_to(self.top) else None

    def display_path(self, path):
        return path.relative_to(self.top).as_posix()

    @property
    def source(self):
        return find(self.root, self.top)

    def wanted(self, **answers):
        return wanted_parts(self, Answers(answers), build_steps(self, self.source))
