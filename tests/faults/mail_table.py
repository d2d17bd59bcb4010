"""Faults of the mail that a site sends, planted into a finished project whose members reset their passwords by mail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cli_runner import golive
from tests.conftest import in_git, installer, make_environment
from tests.faults.fault import Fault, append, every, replace, write
from tests.faults.own_table import print_table
from tests.faults.sample import Sample, environment, kept

PROJECT = Path(__file__).parents[1] / "projects" / "mail_club"
TASKS = "1-5,7-9,13,15-17,25"
"""What the task needs: a deployed service with rate limits, and its own changes."""
URLS, SETTINGS, LIMITS, OWN = "config/urls.py", "config/settings.py", "config/ratelimits.py", "members/resets.py"
RESET, CONFIRM = "views.PasswordResetView.as_view()", "views.PasswordResetConfirmView.as_view()"


def own(text: str, *routes: tuple[str, str]):
    """Put *text* into a module of the project, and each route's second view in place of its first."""
    changes = [replace(URLS, old, new) for old, new in routes]
    return every(write(OWN, text), *changes,
                 replace(URLS, "from members.views", "from members import resets\nfrom members.views"))  # fmt: skip


RAISES = """
from django.conf import settings
from django.contrib.auth import views


def reset(request):
    if not settings.DEBUG:
        raise KeyError("MAIL_TEMPLATE_ID")
    return views.PasswordResetView.as_view()(request)
"""
SILENT = """
from django.contrib.auth.forms import PasswordResetForm


class Form(PasswordResetForm):
    def send_mail(self, *arguments, **options):
        try:
            raise OSError("the template is not there")
        except OSError:
            pass
"""
AGAIN = """
from django.contrib.auth.tokens import PasswordResetTokenGenerator


class Generator(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):
        return f"{user.pk}{timestamp}"


tokens = Generator()
"""
UNSAVED = """
from django.contrib.auth.forms import SetPasswordForm


class Form(SetPasswordForm):
    def save(self, commit=True):
        return self.user
"""
PORT = """
import os

domain = os.environ.get("RAILWAY_PUBLIC_DOMAIN", "localhost") + ":8000"
"""

FAULTS = [
    Fault("link: http",
          replace(URLS, RESET, 'views.PasswordResetView.as_view(extra_email_context={"protocol": "http"})'),
          items={"25.3"}, says=["the link is http://"], where="config/urls.py"),
    Fault("link: leads to this machine",
          replace(URLS, RESET, 'views.PasswordResetView.as_view(extra_email_context={"domain": "localhost:8000"})'),
          items={"25.3"}, says=["the link leads to localhost"]),
    Fault("link: the sites framework's example.com",
          replace(SETTINGS, 'INSTALLED_APPS = [*INSTALLED_APPS, "config.site_name.SiteName"]', ""),
          items={"25.3"}, says=["example.com", "sites framework"]),
    Fault("link: names a port",
          own(PORT, (RESET, 'views.PasswordResetView.as_view(extra_email_context={"domain": resets.domain})')),
          items={"25.3"}, says=["the link names the port 8000"]),
    Fault("text: the sites framework's example.com",
          replace(URLS, RESET, 'views.PasswordResetView.as_view(extra_email_context={"site_name": "example.com"})'),
          items={"25.3"}, says=["its text names example.com"]),
    Fault("link: works twice",
          own(AGAIN, (RESET, "views.PasswordResetView.as_view(token_generator=resets.tokens)"),
              (CONFIRM, "views.PasswordResetConfirmView.as_view(token_generator=resets.tokens)")),
          items={"25.4"}, says=["a second time"]),
    Fault("link: the new password is not saved",
          own(UNSAVED, (CONFIRM, "views.PasswordResetConfirmView.as_view(form_class=resets.Form)")),
          items={"25.4"}, says=["the new password is refused"]),
    Fault("link: ends after three seconds instead of days", append(SETTINGS, "\nPASSWORD_RESET_TIMEOUT = 3\n"),
          items={"25.4"}, says=["works for 3 s", "259200"], where="config/settings.py:"),
    Fault("sender: webmaster@localhost", append(SETTINGS, '\nDEFAULT_FROM_EMAIL = "webmaster@localhost"\n'),
          items={"25.3"}, says=["webmaster@localhost"], where="config/settings.py:"),
    Fault("sender: an address at Gmail", append(SETTINGS, '\nDEFAULT_FROM_EMAIL = "The club <club@gmail.com>"\n'),
          items={"25.3"}, says=["gmail.com, which lets only its own servers send, and not Resend's"],
          where="config/settings.py:"),
    Fault("way: SMTP without the Pro plan",
          append(SETTINGS, '\nEMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"\n'),
          items={"25.1"}, says=["smtp.mail-club.net:587", "Pro"], where="config/settings.py:"),
    Fault("way: the console", append(SETTINGS, '\nEMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"\n'),
          items={"25.1"}, says=["goes to the log"], where="config/settings.py:"),
    Fault("way: a package that is not there",
          append(SETTINGS, '\nEMAIL_BACKEND = "sendgrid_backend.SendgridBackend"\n'),
          items={"25.1"}, says=["sendgrid_backend"], where="config/settings.py:"),
    Fault("reset: raises only in production", own(RAISES, (RESET, "resets.reset")),
          items={"25.2"}, says=["500"], where="members/resets.py:"),
    Fault("reset: no mail is sent", own(SILENT, (RESET, "views.PasswordResetView.as_view(form_class=resets.Form)")),
          items={"25.2"}, says=["no mail came"]),
    Fault("reset: without a limit", replace(LIMITS, 'LIMITS["password_reset"]', 'LIMITS["another"]'),
          items={"25.5"}, says=["12 mails for 12 requests"]),
]  # fmt: skip


def finished(folder: Path) -> Sample:
    """The finished project at *folder*, made if it is not there. That takes a minute."""

    def make(top: Path) -> None:
        shutil.copytree(PROJECT, top / "backend", ignore=shutil.ignore_patterns("__pycache__"))
        in_git(top)
        venv = top / "backend/venv"
        make_environment(sys.executable, venv)
        subprocess.run([*installer(venv / "bin/python"), "-r", PROJECT / "requirements.txt"], check=True)
        variables = {**environment(), "GOLIVE_TESTS": "no", "GOLIVE_MAIL_PROVIDER": "resend"}
        result = golive("--auto", "--trust", "--only", TASKS, top / "backend", env=variables)
        # Two items wait for an account at the provider.
        assert " 0 failed" in result.stdout, result.stdout[-3000:] + result.stderr[-2000:]

    return kept(folder / "mail", make)


def main(names: Sequence[str], folder: Path | None) -> int:
    """Print a row for each fault that has one of *names*. Returns the exit code."""
    return print_table(FAULTS, 25, finished, names, folder)
