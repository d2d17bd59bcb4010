"""The parts that the generated projects have in common."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Generated:
    """*files* by path; *needs* is installed before; *python* is the interpreter's version wanted."""

    files: dict[str, str]
    needs: tuple[str, ...]
    python: str = "3.11"
    extra: dict[str, str] = field(default_factory=dict)


APPS = """
    INSTALLED_APPS = [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
"""
CHAIN = """
    MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
"""
TEMPLATES = """
    TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [],
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ]
"""


def manage(module: str, *lines: str) -> str:
    """A manage.py for settings *module*, with more *lines* of its own."""
    more = "".join(f"    {line}\n" for line in lines)
    start = "configurations" if any("DJANGO_CONFIGURATION" in line for line in lines) else "django.core"
    return (
        f'import os\nimport sys\n\nif __name__ == "__main__":\n'
        f'    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{module}")\n{more}'
        f"    from {start}.management import execute_from_command_line\n\n    execute_from_command_line(sys.argv)\n"
    )


def wsgi(module: str, *lines: str, start: str = "django.core.wsgi") -> str:
    more = "".join(f"{line}\n" for line in lines)
    return (
        f'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{module}")\n{more}\n'
        f"from {start} import get_wsgi_application\n\napplication = get_wsgi_application()\n"
    )


def indented(text: str) -> str:
    """A block of settings as the body of a class."""
    return textwrap.indent(textwrap.dedent(text), "    ")
