"""URL names that are a login, a sign-up or an order, and names that only look like one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.rate_limited_views import KINDS, find_views
from wizard.project.urls import Url


@pytest.mark.parametrize(
    ("route", "name", "view", "kinds"),
    [
        ("accounts/login/", "login", "shop.views.sign_in", ["login"]),
        ("api/user/register/", "users:user_register", "users.views.UserRegisterationAPIView", ["signup"]),
        ("lesson/login/", "lesson_login", "lessons.views.login", ["login"]),
        ("user/login/google/", "google_login", "users.views.GoogleLogin", []),
        ("auth/oauth2/login/", "login", "users.views.LoginView", []),
        ("sso/login/", "login", "users.views.SSOLogin", []),
        ("accounts/logout/", "logout", "shop.views.logout", []),
        ("orders/create/", "create_order", "shop.views.create_order", ["order"]),
    ],
)
def test_views_are_found_by_their_names(route, name, view, kinds):
    url = Url(route, name, view, None, None, "function", None, None, False, False)
    project = SimpleNamespace(urls=[url])
    assert [kind.name for kind in KINDS if find_views(project, kind)] == kinds
