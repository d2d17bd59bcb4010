"""A log-in address that the site does not have is named with the setting that is wrong."""

from __future__ import annotations

import pytest

from steps.shared.login_address import why_missing
from tests.steps.fakes import FakeProject, url

LOGIN = url("login/", "login", "chat.views.login_view")


@pytest.mark.parametrize(
    ("path", "values", "urls", "text"),
    [
        ("/accounts/login/?next=/", {}, [LOGIN], 'LOGIN_URL is /accounts/login/. Set LOGIN_URL = "/login/"'),
        ("/enter/", {"LOGIN_URL": "/enter/"}, [], "LOGIN_URL is /enter/. Set it to the address of the log-in"),
        ("/shop/", {}, [LOGIN], ""),
    ],
)
def test_an_address_of_the_log_in_that_does_not_exist_is_explained(tmp_path, path, values, urls, text):
    assert why_missing(FakeProject(tmp_path, values=values, urls=urls), path).endswith(text)
