"""Which URLs a test opens, and the superuser it logs in as."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.accounts import ensure_superuser, failing_addresses, list_addresses, superuser_fields
from tests.steps.fakes import FakeSandbox, FakeSite, response, url
from wizard.base.errors import SiteError


def test_only_urls_that_are_safe_to_get_are_listed(tmp_path):
    urls = [
        url("", "home"), url("teas/", "teas"), url("teas/", "teas-again"), url("teas/<int:pk>/"),
        url(r"^cups/(?P<pk>\d+)/$"), url("logout/"), url("cart/", "delete-cart"), url("static/a.css"),
        url("orders/", methods=("post",)), url("search/", methods=("get", "post")), url("admin/", "admin:index"),
        url("social/", view="allauth.socialaccount.views.signup"), url("bye/", effects=("logout",)),
        url("news/", effects=("mail",)), url("wipe/", effects=("delete",)),
    ]  # fmt: skip
    project = SimpleNamespace(urls=urls, root=tmp_path)
    assert list_addresses(project) == ["/", "/teas/", "/search/"]
    assert list_addresses(project, limit=1) == ["/"]
    (tmp_path / "golive.yaml").write_text("version: 1\nskip_urls: [/search/]\n")
    assert list_addresses(project) == ["/", "/teas/"], "it raises on purpose"


def test_the_views_of_a_library_do_not_crowd_out_the_projects_own(tmp_path):
    urls = [*(url(f"cms/{number}/") for number in range(70)), url("news/", file="news/views.py")]
    assert list_addresses(SimpleNamespace(urls=urls, root=tmp_path))[:2] == ["/news/", "/cms/0/"]


def test_an_address_that_never_answers_does_not_hide_one_that_fails(tmp_path, monkeypatch):
    def answer(method, path, **sent):
        if path == "/events/":
            raise SiteError("GET /events/ got no response")
        return response(500 if path == "/teas/" else 200)

    site = FakeSite(answer)
    monkeypatch.setattr(site, "get", None)  # the body of a page may never end
    project = SimpleNamespace(urls=[url("events/"), url(""), url("teas/")], root=tmp_path)
    assert failing_addresses(project, site) == ["/teas/"]


@pytest.mark.parametrize(
    ("user", "fields"),
    [
        (None, ("username", {"username": "golive-admin"})),
        ({"username": "email", "required": []}, ("email", {"email": "golive-admin@example.com"})),
        (
            {"username": "phone", "required": ["email", "birth_date"]},
            ("phone", {"phone": "+15550100", "email": "golive-admin@example.com", "birth_date": "2000-01-01"}),
        ),
    ],
)
def test_a_superuser_has_a_value_for_each_required_field(user, fields):
    project = SimpleNamespace(inspect_settings=lambda: {"user": user} if user else {})
    assert superuser_fields(project) == fields


@pytest.mark.parametrize(
    ("superuser", "account"),
    [
        ({"failed": "no database"}, {"failed": "no database"}),
        ({"username": "a", "password": "p"}, {"username": "a", "email": "a", "password": "p"}),
        ({"username": "a", "email": "b@c.d", "password": "p"}, {"username": "a", "email": "b@c.d", "password": "p"}),
    ],
)
def test_a_superuser_has_an_email_and_a_failure_has_its_reason(superuser, account):
    project = SimpleNamespace(inspect_settings=dict)
    sandbox = FakeSandbox(target=SimpleNamespace(project=project, ensure_superuser=lambda account_name: superuser))
    assert ensure_superuser(sandbox) == account
