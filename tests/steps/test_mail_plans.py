"""Settings that send mail through a provider: in production only, after which the project still loads."""

from __future__ import annotations

import os
import subprocess

import pytest

from steps.shared import mail_plans
from steps.t25_mail import STEP
from tests.steps import real_project
from tests.steps.deployed import make_sandbox
from wizard.checklist.answers import Answers
from wizard.checklist.loader import load
from wizard.plan.actions import InstallPackages, WriteFile
from wizard.project.mail import ways
from wizard.services.mail_providers import PROVIDERS

SENDS = {
    "shop.py": "from django.core.mail import send_mail\n\n\ndef thank(to):\n    send_mail('x', 'y', None, [to])\n",
    "anymail/__init__.py": "",
    "anymail/backends/__init__.py": "",
    **{
        f"anymail/backends/{name}.py": "from django.core.mail.backends.base import BaseEmailBackend\n\n\n"
        "class EmailBackend(BaseEmailBackend):\n    pass\n"
        for name in PROVIDERS
    },
}
"""A project that sends mail, with modules in place of django-anymail's."""
SMTP = "EMAIL_HOST, EMAIL_PORT = 'smtp.shop.net', 587\n"
READS_DEBUG = "import os\nDEBUG = bool(os.environ.get('DEBUG'))\n"


@pytest.fixture
def opened(tmp_path, python):
    """Opens a project with lines of settings, and returns it with a sandbox for plans."""
    opens = []

    def make(settings, files=()):
        opens.append(real_project.opened(tmp_path / f"shop{len(opens)}", python, {**SENDS, **dict(files)}, settings))
        project, _ = opens[-1].__enter__()
        checklist = load()
        sandbox = make_sandbox(actions=lambda stage, changed=False: [], questions=lambda stage: [])
        sandbox.checklist = checklist
        return project, sandbox

    yield make
    for each in opens:
        each.__exit__(None, None, None)


def apply(project, plan):
    """Write the files of *plan*. Returns the packages that it installs."""
    for action in plan.actions:
        if isinstance(action, WriteFile):
            action.path.write_bytes(action.after)
    project.refresh()
    project.inspect_settings()
    return [name for action in plan.actions if isinstance(action, InstallPackages) for name in action.packages]


def plan(project, sandbox, **answers):
    return STEP(None).plan(project, sandbox, Answers({f"mail.{name}": value for name, value in answers.items()}))


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_provider_replaces_smtp_in_production_only(opened, name):
    project, sandbox = opened(READS_DEBUG + SMTP)
    installed = apply(project, plan(project, sandbox, provider=name, sender="noreply@shop.net"))
    provider = PROVIDERS[name]
    assert installed == ([provider.requirement] if "[" in provider.requirement else ["django-anymail"])
    [way] = ways(project)
    assert (way.backend, way.error) == (provider.backend, "")
    assert provider.key in project.value("ANYMAIL")
    assert (project.value("DEFAULT_FROM_EMAIL"), project.value("SERVER_EMAIL")) == ("noreply@shop.net",) * 2
    assert "anymail" in project.value("INSTALLED_APPS")
    [here] = project.settings_under({**project.production_environment(), "DEBUG": "1"})
    assert here["settings"]["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert here["settings"]["DEFAULT_FROM_EMAIL"] == "webmaster@localhost"
    assert not plan(project, sandbox, provider=name, sender="noreply@shop.net").work


def test_the_keys_are_read_from_variables_and_not_written(opened):
    project, sandbox = opened(READS_DEBUG + SMTP)
    apply(project, plan(project, sandbox, provider="mailgun", sender="noreply@shop.net"))
    [read] = project.settings_under({
        **project.production_environment(), "MAILGUN_API_KEY": "k-1", "MAILGUN_SENDER_DOMAIN": "mg.shop.net",
    })  # fmt: skip
    assert set(read["settings"]["ANYMAIL"]) == {"MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN"}
    assert read["settings"]["ANYMAIL"]["MAILGUN_SENDER_DOMAIN"] == "mg.shop.net"
    assert set(project.value("ANYMAIL")) == {"MAILGUN_API_KEY"}


def test_smtp_stays_for_somebody_who_may_use_it(opened):
    project, sandbox = opened(SMTP)
    assert apply(project, plan(project, sandbox, provider="smtp", sender="noreply@shop.net")) == []
    assert ways(project)[0].host == "smtp.shop.net"
    assert project.value("DEFAULT_FROM_EMAIL") == "noreply@shop.net"


@pytest.mark.parametrize(
    ("settings", "backend"),
    [
        (SMTP, "smtp"),
        ("", "resend"),
        ("EMAIL_HOST = 'localhost'\n", "resend"),
        ("EMAIL_HOST = 'mailhog'\nEMAIL_PORT = 1025\n", "resend"),
    ],
)
def test_without_an_answer_only_a_way_that_leads_nowhere_is_replaced(opened, settings, backend):
    project, sandbox = opened(settings)
    apply(project, plan(project, sandbox, sender="noreply@shop.net"))
    assert f".{backend}." in ways(project)[0].backend


def test_a_way_that_is_open_and_a_sender_of_the_site_are_left_alone(opened):
    project, sandbox = opened(
        "EMAIL_BACKEND = 'anymail.backends.postmark.EmailBackend'\n"
        "DEFAULT_FROM_EMAIL = 'Shop <info@shop.net>'\nSERVER_EMAIL = 'errors@shop.net'\n"
    )
    assert not plan(project, sandbox).work
    assert STEP(None).questions(project, sandbox) == []


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ("EMAIL_BACKEND = 'mailer.backend.DbBackend'\n", "MAILER_EMAIL_BACKEND", PROVIDERS["brevo"].backend),
        ("EMAIL_BACKEND = 'post_office.EmailBackend'\nPOST_OFFICE = {'LOG_LEVEL': 2}\n", "POST_OFFICE",
         {"LOG_LEVEL": 2, "BACKENDS": {"default": PROVIDERS["brevo"].backend}}),
        ("MAILERS = {'default': {'BACKEND': 'django.core.mail.backends.smtp.EmailBackend'}, 'news': {}}\n", "MAILERS",
         {"default": {"BACKEND": PROVIDERS["brevo"].backend}, "news": {}}),
    ],
)  # fmt: skip
def test_the_setting_that_names_the_sending_backend_is_changed(opened, settings, name, value):
    queue = "from django.core.mail.backends.base import BaseEmailBackend as {}\n"
    files = {"mailer/__init__.py": "", "mailer/backend.py": queue.format("DbBackend"),
             "post_office/__init__.py": queue.format("EmailBackend")}  # fmt: skip
    project, sandbox = opened(settings, files)
    apply(project, plan(project, sandbox, provider="brevo", sender="noreply@shop.net"))
    assert project.value(name) == value


def test_without_mail_nothing_is_asked_and_nothing_changed(opened):
    project, sandbox = opened("", {"shop.py": ""})
    assert STEP(None).questions(project, sandbox) == []
    assert not plan(project, sandbox)
    statuses = {each.item: each.status.value for each in STEP(None).verify(project, sandbox, Answers())}
    assert statuses == {f"25.{number}": "not-applicable" for number in range(1, 8)}


def test_the_sites_row_gets_the_public_name_and_keeps_one_that_somebody_chose(opened, python):
    project, sandbox = opened("INSTALLED_APPS = [*INSTALLED_APPS, 'django.contrib.sites']\nSITE_ID = 1\n" + SMTP)
    apply(project, plan(project, sandbox, provider="smtp", sender="noreply@shop.net"))
    show = "from django.contrib.sites.models import Site; print('domain:', Site.objects.get().domain)"
    change = "from django.contrib.sites.models import Site; Site.objects.update(domain='own.shop.net')"

    def manage(*arguments, **variables):
        environment = {**os.environ, **variables}
        done = subprocess.run([python, "manage.py", *arguments], cwd=project.root, env=environment,
                              capture_output=True, text=True, check=True)  # fmt: skip
        return done.stdout.rpartition("domain: ")[2].strip()

    manage("migrate")
    assert manage("shell", "-c", show) == "example.com"
    manage("migrate", RAILWAY_PUBLIC_DOMAIN="shop.up.railway.app")
    assert manage("shell", "-c", show) == "shop.up.railway.app"
    manage("shell", "-c", change)
    manage("migrate", RAILWAY_PUBLIC_DOMAIN="shop.up.railway.app")
    assert manage("shell", "-c", show) == "own.shop.net"


@pytest.mark.parametrize(
    ("sender", "says"),
    [("webmaster@localhost", "localhost"), ("shop@example.com", "example.com"), ("", "no e-mail address"),
     ("Shop", "no e-mail address"), ("a@127.0.0.1", "127.0.0.1")],
)  # fmt: skip
def test_a_sender_that_mail_servers_refuse_is_described(sender, says):
    assert says in mail_plans.sender_problem(sender)
    assert not mail_plans.sender_problem("Shop <info@shop.co.uk>")
