"""What sends a project's mail, and the ways on which its settings let it leave."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.steps import real_project
from tests.steps.fakes import FakeProject
from wizard.project.mail import senders, sending_way, ways

FILES = {
    "shop/__init__.py": "",
    "shop/orders.py": """
        from django.core.mail import send_mail


        def confirm(order):
            send_mail("Order", "Thank you", None, [order.email])
    """,
    "shop/tests/test_orders.py": "from django.core import mail\n\nmail.send_mail('x', 'x', None, ['a@b.c'])\n",
    "shop/broken.py": "def send_mail(:\n",
    "shop/own.py": """
        from django.core.mail.backends.smtp import EmailBackend


        class Own(EmailBackend):
            def __init__(self, **options):
                super().__init__(**{**options, "host": "smtp.own.net", "port": 2525})
    """,
    "mailer/__init__.py": "",
    "mailer/backend.py": """
        from django.core.mail.backends.base import BaseEmailBackend


        class DbBackend(BaseEmailBackend):
            pass
    """,
    "urls.py": """
        from django.contrib.auth import views
        from django.urls import path

        urlpatterns = [path("reset/", views.PasswordResetView.as_view())]
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory, python):
    with real_project.opened(tmp_path_factory.mktemp("mail"), python, FILES) as (made, _):
        yield made


def ways_of(project, *lines):
    """The ways with *lines* at the end of the settings."""
    real_project.write(project.root, {"settings.py": real_project.SETTINGS + "\n" + "\n".join(lines) + "\n"})
    project.refresh()
    return ways(project)


def test_an_app_of_the_project_is_no_package_with_its_name(tmp_path):
    values = {"INSTALLED_APPS": ["registration", "newsletter.apps.NewsletterConfig", "post_office"]}
    made = FakeProject(tmp_path, "", values, urls=[], copy=SimpleNamespace(files=lambda: []))
    assert [str(each) for each in senders(made)] == ["django-registration", "django-newsletter", "post_office"]
    (tmp_path / "newsletter").mkdir()
    (tmp_path / "registration").mkdir()
    assert [str(each) for each in senders(made)] == ["post_office"]


def test_views_of_libraries_and_calls_in_the_code_send_mail(project):
    ways_of(project)
    assert [str(each) for each in senders(project)] == [
        "PasswordResetView at /reset/", "send_mail() (shop/orders.py:5)",
    ]  # fmt: skip


def test_an_own_view_around_djangos_reset_sends_mail(project):
    own = """
        from django.contrib.auth import views


        class Reset(views.PasswordResetView):
            pass
    """
    plain = "from django.urls import path\n\nurlpatterns = []\n"
    real_project.write(project.root, {"shop/resets.py": own, "urls.py": plain})
    ways_of(project)
    assert "PasswordResetView (shop/resets.py:4)" in map(str, senders(project))
    real_project.write(project.root, {"urls.py": FILES["urls.py"]})


def test_admins_get_mail_about_errors(project):
    ways_of(project, 'ADMINS = [("Ada", "ada@shop.net")]')
    assert [each.what for each in senders(project) if each.where.startswith("settings.py:")] == ["errors to ADMINS"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["EMAIL_HOST, EMAIL_PORT = 'smtp.shop.net', 587"], ("smtp", "smtp.shop.net", 587, "")),
        (["EMAIL_BACKEND = 'shop.own.Own'"], ("smtp", "smtp.own.net", 2525, "")),
        (["EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'"], ("console", "", 0, "the log")),
        (["import os", "EMAIL_BACKEND = os.getenv('NO_SUCH_VARIABLE')"], ("", "", 0, "nowhere")),
        (["EMAIL_BACKEND = 'django.core.mail.backends.dummy.EmailBackend'"], ("dummy", "", 0, "nowhere")),
    ],
)
def test_a_way_tells_its_server_or_that_mail_stays_here(project, lines, found):
    [way] = ways_of(project, *lines)
    assert (way.family, way.host, way.port, way.nowhere) == found
    assert way.error == ""


def test_a_backend_that_cannot_be_imported_tells_why(project):
    [way] = ways_of(project, "EMAIL_BACKEND = 'anymail.backends.resend.EmailBackend'")
    assert "No module named 'anymail'" in way.error


def test_the_backend_behind_a_queue_is_the_one_that_sends(project):
    lines = ["EMAIL_BACKEND = 'mailer.backend.DbBackend'", "EMAIL_HOST, EMAIL_PORT = 'smtp.shop.net', 465"]
    found = ways_of(project, *lines)
    assert [(way.alias, way.setting) for way in found] == [
        ("default", "EMAIL_BACKEND"), ("queue", "MAILER_EMAIL_BACKEND"),
    ]  # fmt: skip
    assert sending_way(found).port == 465


def test_each_of_djangos_mailers_is_a_way(project):
    found = ways_of(
        project,
        "MAILERS = {'news': {'BACKEND': 'django.core.mail.backends.dummy.EmailBackend', 'OPTIONS': {}},",
        "           'default': {'BACKEND': 'shop.own.Own'}}",
    )
    assert [(way.alias, way.setting) for way in found] == [("default", "MAILERS"), ("news", "MAILERS")]
