"""Mails of password resets, as Django and libraries write them: sender, host and https of the link."""

from __future__ import annotations

from email.message import EmailMessage
from types import SimpleNamespace

import pytest

from steps.shared.mail_resets import short_validity
from steps.shared.reset_mails import OwnHosts, judge
from tests.steps.real_project import opened

HOST = "shop.up.railway.app"
KEY = "MQ/cxyz1a-0123456789abcdef0123456789abcdef"
DJANGO = """
You're receiving this email because you requested a password reset for your user account at {site}.

Please go to the following page and choose a new password:

{link}

Your username, in case you’ve forgotten: visitor1

Thanks for using our site!

The {site} team
"""
ALLAUTH = """
Hello from {site}!

You're receiving this email because you or someone else has requested a password reset for your user account.
Click the link below to reset your password.

{link}

In case you forgot, your username is visitor1@example.com.

Thank you for using {site}!
{domain}
"""


def mail(text="", *, markup="", sender="Shop <noreply@shop.net>", subject="Password reset"):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "visitor1@example.com", subject
    if text:
        made.set_content(text)
    if markup:
        made.add_alternative(markup, subtype="html") if text else made.set_content(markup, subtype="html")
    return made


def django(link, site="Shop", **given):
    return mail(DJANGO.format(link=link, site=site), **given)


def anchor(link):
    return f'<p>Hello</p><a href="{link}">Choose a new password</a>'


def judged(message, **settings):
    project = SimpleNamespace(values={"ALLOWED_HOSTS": ["*"], **settings})
    project.value = project.values.get
    found = judge(message, OwnHosts.of(project, HOST))
    return "; ".join(found.problems) or (f"unknown: {found.unknown}" if found.unknown else "")


OWN = f"https://{HOST}/reset/{KEY}/"
RIGHT = {
    "request.get_host": (django(OWN), {}),
    "a prefix of a language": (django(f"https://{HOST}/de/passwort/neu/{KEY}/"), {}),
    "HTML only": (mail(markup=anchor(OWN)), {}),
    "HTML with a query": (mail(markup=anchor(f"https://{HOST}/reset?uid=MQ&amp;token=abc")), {}),
    "links of networks in the footer": (django(OWN + "\n\nhttps://twitter.com/account/shop\nhttp://shop.net/"), {}),
    "a log-in of the site over http beside the key": (django(f"http://{HOST}/\n{OWN}"), {}),
    "allauth": (mail(ALLAUTH.format(link=f"https://{HOST}/accounts/password/reset/key/1-{KEY[3:]}/", site="Shop",
                                    domain=HOST)), {}),
    "a code": (mail("Your code for a new password:\n\n  7KQ-XHB\n"), {}),
    "the keys of an API": (mail("Use these with POST /api/reset/confirm/:\nuid=MQ\ntoken=c9x4sk-8f3b21e6a7d0\n"), {}),
    "djoser with its frontend": (django(f"https://app.shop.net/#/password/reset/confirm/{KEY}"),
                                 {"DJOSER": {"PASSWORD_RESET_CONFIRM_URL": "#/x", "DOMAIN": "app.shop.net"}}),
    "a frontend by a setting": (django(f"https://app.shop.net/reset?token={KEY[3:]}"),
                                {"FRONTEND_URL": "https://app.shop.net"}),
    "a frontend of allauth": (django(f"https://app.shop.net/reset/{KEY}"),
                              {"HEADLESS_FRONTEND_URLS": {"account_reset_password_from_key":
                                                          "https://app.shop.net/reset/{key}"}}),
    "a frontend by CORS": (django(f"https://app.shop.net/reset/{KEY}"),
                           {"CORS_ALLOWED_ORIGINS": ["https://app.shop.net"]}),
    "a frontend by a pattern": (django(f"https://app.shop.net/reset/{KEY}"),
                                {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.shop\.net$"]}),
    "a name below an allowed one": (django(f"https://www.shop.net/reset/{KEY}"), {"ALLOWED_HOSTS": [".shop.net"]}),
    "the e-mail address as user name": (django(OWN).as_bytes().replace(b"visitor1", b"visitor1@example.com"), {}),
}  # fmt: skip
WRONG = {
    "example.com of the sites framework": (django(f"https://example.com/reset/{KEY}/"), {}, "leads to example.com"),
    "a host of this machine": (django(f"http://localhost:8000/reset/{KEY}/"), {}, "leads to localhost"),
    "in HTML only": (mail(markup=anchor(f"http://127.0.0.1:8000/reset/{KEY}/")), {}, "leads to 127.0.0.1"),
    "in the HTML beside a right text": (django(OWN, markup=anchor(f"http://localhost:3000/reset/{KEY}/")), {},
                                        "leads to localhost"),
    "a frontend that is still on this machine": (
        django(f"http://localhost:3000/password/reset/confirm/{KEY}"), {"FRONTEND_URL": "http://localhost:3000"},
        "leads to localhost"),
    "http": (django(f"http://{HOST}/reset/{KEY}/"), {}, "the link is http://"),
    "http in a language without words for it": (django(f"https://{HOST}/\nhttp://{HOST}/de/neu/{KEY}/"), {},
                                                "the link is http://"),
    "a port": (django(f"https://{HOST}:8000/reset/{KEY}/"), {}, "the port 8000"),
    "no host": (django(f"https:///reset/{KEY}/"), {}, "has no host"),
    "a path in HTML": (mail(markup=anchor(f"/reset/{KEY}/")), {}, f"the link /reset/{KEY}/ has no host"),
    "a path in a text": (django(f"/reset/{KEY}/"), {}, "neither a link nor a code"),
    "a name of the sites framework in the text": (
        mail(ALLAUTH.format(link=OWN, site="example.com", domain="example.com")), {}, "its text names example.com"),
    "a name of the sites framework in the subject": (
        django(OWN, subject="[example.com] Password Reset E-mail"), {}, "its text names example.com"),
    "the sender of Django": (django(OWN, sender="webmaster@localhost"), {}, "is at localhost"),
    "a host that nobody knows": (django(f"https://old.herokuapp.com/reset/{KEY}/"), {}, "unknown: the link leads to"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_mail_has_no_problem(name):
    message, settings = RIGHT[name]
    if isinstance(message, bytes):
        from email import message_from_bytes, policy

        message = message_from_bytes(message, policy=policy.default)
    assert judged(message, **settings) == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_mail_is_told(name):
    message, settings, says = WRONG[name]
    assert says in judged(message, **settings)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", ""),
        ("PASSWORD_RESET_TIMEOUT = 3600", ""),
        ("PASSWORD_RESET_TIMEOUT = 3", "the link works for 3 s, and a mail may take longer: PASSWORD_RESET_TIMEOUT is "
         "in seconds, for 3 days it would be 259200"),
        ("PASSWORD_RESET_TIMEOUT = 120", "the link works for 120 s, and a mail may take longer: "
         "PASSWORD_RESET_TIMEOUT is in seconds"),
    ],
)  # fmt: skip
def test_a_link_that_ends_before_its_mail_is_read_is_named(tmp_path, python, lines, says):
    with opened(tmp_path, python, {}, f"{lines}\n") as (project, _):
        assert short_validity(project) == says


@pytest.mark.parametrize(
    ("sender", "provider", "says"),
    [
        ("Shop <shop@gmail.com>", "Resend", "shop@gmail.com is at gmail.com, which lets only its own servers send"),
        ("shop@gmail.com", "", ""),  # its own server may send it
        ("noreply@shop.net", "Resend", ""),
    ],
)
def test_an_address_of_a_mail_service_does_not_leave_through_a_provider(sender, provider, says):
    own = OwnHosts(HOST)
    assert "; ".join(judge(django(OWN, sender=sender), own, provider).problems).startswith(says or "")
    assert bool(judge(django(OWN, sender=sender), own, provider).problems) is bool(says)
