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
        ("password/reset/", "password_reset", "django.contrib.auth.views.PasswordResetView", ["mail"]),
        ("password/reset/confirm/<uidb64>/<token>/", "password_reset_confirm", "x.PasswordResetConfirmView", []),
        ("password/reset/done/", "password_reset_done", "django.contrib.auth.views.PasswordResetDoneView", []),
        ("forgot-password/", "forgot_password", "users.views.forgot", ["mail"]),
        ("resend-confirmation/", "resend", "users.views.resend_confirmation", ["mail"]),
        ("send-otp/", "send-otp", "users.views.SendOTPView", ["mail"]),
        ("checkout/return/", "checkout_return", "shop.views.checkout_return", []),
        ("checkout/success/", "checkout_success", "shop.views.checkout_success", []),
    ],
)
def test_views_are_found_by_their_names(route, name, view, kinds):
    assert found(route, name, view) == kinds


def found(route, name, view, **given):
    row = {"file": None, "methods": None, "actions": None, "does": (), **given}
    url = Url(
        route, name, view, row["file"], None, "function", row["methods"], row["actions"], False, False,
        does=tuple(row["does"]), protected=row.get("protected", False), by_get=row.get("by_get", False),
    )  # fmt: skip
    project = SimpleNamespace(urls=[url])
    return [kind.name for kind in KINDS if find_views(project, kind)]


@pytest.mark.parametrize(
    ("route", "view", "given", "kinds"),
    [
        ("api/verify-code/", "users.views.verify_code", {"does": ["code", "login"]}, ["code"]),
        ("api/token/", "users.views.token", {"does": ["login"]}, ["login"]),
        ("otp/confirm/", "users.views.ConfirmView", {"does": ["code"]}, ["code"]),
        ("otp/confirm/", "users.views.ConfirmView", {"does": ["code"], "protected": True}, []),
        ("verify/<token>/", "users.views.verify", {"does": ["code"]}, []),
        ("code/again/", "users.views.again", {"does": ["mail"]}, ["mail"]),
        ("contact/", "site.views.contact", {"does": ["mail"]}, []),
        ("welcome/", "site.views.welcome", {"does": ["mail", "signup"]}, ["signup"]),
        ("logout/", "users.views.leave", {"does": ["login"]}, []),
        ("buy/", "shop.views.buy", {"does": ["order"], "protected": True}, ["order"]),
        ("buy/", "shop.views.buy", {"does": ["order"], "methods": ("get",), "by_get": True}, ["order"]),
        ("buy/", "shop.views.buy", {"does": ["order"], "methods": ("get",)}, []),
        ("api/staff/orders/<int:pk>/assign/", "panel.views.assign", {"does": ["order"], "protected": True}, []),
        ("payment/return/", "shop.views.paid", {"does": ["order"], "by_get": True}, []),
        ("payment/webhook/", "shop.views.hook", {"does": ["order"]}, []),
        ("login/", "users.views.enter", {"does": ["login", "code"]}, ["login"]),
    ],
)
def test_views_are_found_by_what_their_code_does(route, view, given, kinds):
    assert found(route, None, view, file="views.py", **given) == kinds


@pytest.mark.parametrize(
    ("route", "view", "given", "kinds"),
    [
        ("cashier/open/action/", "till.views.open_register_action", {"protected": True}, []),
        ("staff/register/", "staff.views.register", {"does": ["signup"], "protected": True}, []),
        ("lesson/login/", "lessons.views.login", {"protected": True}, []),
        ("sudo/login/", "users.views.login", {"does": ["login"], "protected": True}, ["login"]),
        ("event/register/", "events.views.register", {}, ["signup"]),
    ],
)
def test_a_name_behind_a_login_is_no_sign_up(route, view, given, kinds):
    assert found(route, None, view, file="views.py", **given) == kinds


@pytest.mark.parametrize(
    ("others", "does", "found"),
    [(["checkin"], (), []), (["check-in"], ("order",), ["checkout"]), (["rooms"], (), ["checkout"])],
)
def test_a_checkout_beside_a_check_in_is_an_order_only_by_its_code(others, does, found):
    urls = [
        Url(f"stays/{name}/", name, f"stays.views.{name}", "views.py", None, "function", None, None, False, False,
            does=does if name == "checkout" else ())
        for name in ["checkout", *others]
    ]  # fmt: skip
    assert [view.url.name for view in find_views(SimpleNamespace(urls=urls), KINDS[2])] == found


def test_an_order_view_by_name_counts_more_than_the_code_of_others():
    rows = [("orders/create/", "shop.views.create_order"), ("orders/<int:pk>/split/", "shop.views.split")]
    urls = [
        Url(route, None, view, "views.py", None, "function", None, None, False, False, does=("order",))
        for route, view in rows
    ]
    views = find_views(SimpleNamespace(urls=urls), KINDS[2])
    assert [view.url.route for view in views] == ["orders/create/"]


@pytest.mark.parametrize(
    ("action", "kinds"),
    [("create", ["signup"]), ("reset_password", ["mail"]), ("resend_activation", ["mail"]), ("me", [])],
)
def test_the_actions_of_a_librarys_viewset_are_told_apart(action, kinds):
    assert found("users/x/", "user-x", "djoser.views.UserViewSet", methods=("post",), actions={"post": action}) == kinds
