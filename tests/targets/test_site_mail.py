"""What the site sends arrives in the rehearsal's mailbox, whatever e-mail backend its settings name."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests.targets.observed_project import observed

OWN = """
from django.core.mail.backends.smtp import EmailBackend

class Backend(EmailBackend):
    def send_messages(self, messages):
        raise AssertionError("the real backend was used")
"""
SEND = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
import django
django.setup()
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

def default(to):
    assert mail.send_mail("default", "The code is 2468", "shop@example.com", [to]) == 1

def html(to):
    message = EmailMultiAlternatives("html", "plain", "shop@example.com", [to])
    message.attach_alternative("<b>2468</b>", "text/html")
    message.attach("a.bin", b"\\x00\\xff", "application/octet-stream")
    assert message.send() == 1

def blind(to):
    assert EmailMessage("blind", "x", "Gr\\u00fc\\u00df <shop@example.com>", bcc=[to]).send() == 1

def mass(to):
    assert mail.send_mass_mail([("mass", "x", "shop@example.com", [to]), ("mass 2", "x", None, [to])]) == 2

def connection(to):
    with get_connection("django.core.mail.backends.dummy.EmailBackend", fail_silently=True) as sender:
        assert sender.send_messages([EmailMessage("connection", "x", None, [to])]) == 1

def explicit(to):
    server = {"host": "smtp.sendgrid.net", "port": 465, "use_ssl": True, "use_tls": False}
    backend = EmailBackend(username="apikey", password="a-key", **server)
    assert EmailMessage("explicit", "x", None, [to], connection=backend).send() == 1

def direct(to):
    backend = EmailBackend(host="smtp.sendgrid.net", port=587, use_tls=True, username="apikey", password="a-key")
    assert backend.send_messages([EmailMessage("direct", "x", "shop@example.com", [to])]) == 1

def smtplib(to):
    import smtplib
    with smtplib.SMTP_SSL("smtp.gmail.com", 465) as client:
        client.login("user", "word")
        client.sendmail("shop@example.com", [to], "Subject: smtplib\\r\\n\\r\\nx")
    with smtplib.SMTP("smtp.gmail.com", 587) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        client.starttls()
        client.login("user", "word")
        client.sendmail("shop@example.com", [to], "Subject: starttls\\r\\n\\r\\nx")

def nobody(to):
    assert EmailMessage("nobody", "x", None, []).send() == 0

for name in sys.argv[2:]:
    globals()[name](sys.argv[1])
assert settings.EMAIL_BACKEND == os.environ.get("EMAIL_BACKEND", settings.EMAIL_BACKEND)
print("sent with", settings.EMAIL_BACKEND)
"""
BACKENDS = ["smtp", "console", "filebased", "locmem", "dummy"]
EVERY_WAY = "default html blind mass connection explicit direct smtplib nobody"
NEWER = "django==5.2.*", "django-anymail", "django-post_office", "django-mailer", "django-celery-email", "aiosmtplib"


@pytest.fixture(scope="module")
def site(python, tmp_path_factory):
    with observed(
        tmp_path_factory.mktemp("mail"), python, "namespace", **{"shop/own.py": OWN, "send.py": SEND}
    ) as made:
        yield made


def subjects(site, address):
    """The subjects of the mails to *address*, which is in no other test."""
    mails = site.target.site_mails()
    return [str(mail["Subject"]) for mail in mails if address in str(mail["To"])]


@pytest.mark.parametrize("backend", [*(f"django.core.mail.backends.{name}.EmailBackend" for name in BACKENDS),
                                     "shop.own.Backend"])  # fmt: skip
def test_mail_arrives_and_the_settings_keep_their_backend(site, backend, tmp_path):
    address = f"{backend.replace('.', '-').lower()}@example.com"
    done = site.run("send.py", address, "default", EMAIL_BACKEND=backend, EMAIL_FILE_PATH=str(tmp_path / "mails"))
    assert done.output.splitlines()[-1] == f"sent with {backend}"
    assert subjects(site, address) == ["default"]
    assert not list(tmp_path.glob("mails/*"))
    assert "Subject" not in done.output


def test_mail_arrives_on_every_way_that_sends_it(site):
    before = len(site.target.site_mails())
    done = site.run("send.py", "all@example.com", *EVERY_WAY.split())
    assert "sent with" in done.output, done.output
    mails = site.target.site_mails()[before:]
    expected = "default html blind mass|mass 2 connection explicit direct smtplib starttls"
    assert [str(mail["Subject"]) for mail in mails] == [
        subject
        for word in expected.replace("mass 2", "mass_2").split()
        for subject in word.replace("_", " ").split("|")
    ]
    html = mails[1]
    assert html.get_body(("html",)).get_content().strip() == "<b>2468</b>"
    assert [part.get_content() for part in html.iter_attachments()] == [b"\x00\xff"]
    assert site.wanted() == {"import.example.com": (80, site.wanted()["import.example.com"][1])}


def test_waiting_finds_blind_copies_and_only_newer_mails(site):
    site.run("send.py", "blind@example.com", "blind")
    since = len(site.target.site_mails())
    assert site.target.wait_for_mail("Blind@Example.com", 0, 5)["Subject"] == "blind"
    assert site.target.wait_for_mail("blind@example.com", since, 0.01) is None
    late = threading.Thread(target=site.run, args=("send.py", "blind@example.com", "default", "blind"))
    late.start()
    assert site.target.wait_for_mail("blind@example.com", since, 30)["Subject"] == "default"
    late.join()


def test_a_view_sends_to_the_mailbox_and_not_to_that_of_the_uptime_monitor(site):
    site.start()
    assert site.get("/send/?to=visitor@example.com").text == "1"
    assert "The code is 2468" in site.target.wait_for_mail("visitor@example.com", 0, 5).get_content()
    assert not site.target.is_started("uptimerobot")
    assert site.target.servers.mailbox.mails == []


# ---- packages

QUEUES = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
import django
django.setup()
from django.core.mail import send_mail
from django.core.management import call_command
call_command("migrate", verbosity=0)
backend, to = sys.argv[1:]
if backend == "post_office":
    from post_office import mail
    mail.send([to], "shop@example.com", subject="queued", message="x")
elif backend == "mailer":
    import mailer
    mailer.send_mail("queued", "x", "shop@example.com", [to])
elif backend == "aiosmtplib":
    import asyncio, aiosmtplib
    from email.message import EmailMessage
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", to, "queued"
    login = {"username": "user", "password": "word"}
    asyncio.run(aiosmtplib.send(message, hostname="smtp.gmail.com", port=587, start_tls=True, **login))
else:
    send_mail("queued", "x", "shop@example.com", [to])
print("sent")
"""


@pytest.mark.nightly
def test_mail_of_packages_with_backends_and_queues_arrives(tmp_path):
    """Each package with the backend or the function that its documentation names."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin/python", "-m", "pip", "install", "-q", *NEWER], check=True)
    cases = {
        "anymail.backends.sendgrid.EmailBackend": "anymail",
        "post_office.EmailBackend": "post_office",
        "post_office": "post_office",
        "mailer.backend.DbBackend": "mailer",
        "mailer": "mailer",
        "djcelery_email.backends.CeleryEmailBackend": "djcelery_email",
        "aiosmtplib": "",
    }
    with observed(tmp_path, str(venv / "bin/python"), "namespace", **{"queues.py": QUEUES}) as site:
        for number, (name, app) in enumerate(cases.items()):
            backend = {"EMAIL_BACKEND": name} if name.endswith("Backend") else {}
            done = site.run("queues.py", name, f"to{number}@example.com", APPS=app, **backend)
            assert done.output.splitlines()[-1] == "sent", (name, done.output)
            assert subjects(site, f"to{number}@example.com") == ["queued"], name
