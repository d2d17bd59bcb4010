"""Old versions of libraries, as a project may pin them: Golive writes only options that they know."""

from __future__ import annotations

import ast

import pytest

from steps.shared.limit_settings import libraries
from steps.t14_sentry import block
from wizard.project.platform import RAILWAY

RATES = {"login": "5/m", "signup": "3/h", "mail": "3/h"}


class Project:
    def __init__(self, **versions):
        self.platform, self.django = RAILWAY, (3, 2)
        self.versions = {name.replace("_", "-"): version for name, version in versions.items() if version}

    def inspect_settings(self):
        return {"overridden": []}

    def value(self, name):
        return ["allauth.account"] if name == "INSTALLED_APPS" else None

    def installed(self):
        return {"versions": self.versions}


@pytest.mark.parametrize(
    ("version", "option"),
    [
        (None, "max_request_body_size"),
        ("of-our-own", "max_request_body_size"),
        ("2.75.0", "max_request_body_size"),
        ("1.29.0", "max_request_body_size"),
        ("1.28.1", "request_bodies"),
        ("1.9.0", "request_bodies"),
    ],
)
def test_request_bodies_are_switched_off_by_the_option_of_the_installed_sdk(version, option):
    call = next(
        node
        for node in ast.walk(ast.parse("\n".join(block(Project(sentry_sdk=version)))))
        if isinstance(node, ast.Call) and node.keywords
    )
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    assert options[option] == "'never'" and "DisallowedHost" in options["ignore_errors"]
    assert not {"request_bodies", "max_request_body_size"} - {option} & options.keys()


@pytest.mark.parametrize(
    ("version", "counts"), [("0.50.0", False), ("0.60.1", False), ("0.61.0", True), ("65.3.1", True)]
)
def test_allauth_gets_rates_per_client_from_the_version_that_reads_them(version, counts):
    lines, _ = libraries(Project(django_allauth=version), "shop.ratelimits", {**RATES, "login": "7/m", "mail": "2/h"})
    assert any(line.startswith("ACCOUNT_RATE_LIMITS") for line in lines) is counts
    if counts:
        rates = ast.literal_eval(lines[0].partition(" = ")[2])
        assert rates["login"] == "7/m/ip", "the answer to the question"
        assert rates["login_failed"] == "7/m/ip,70/5m/key", "one client cannot lock an account for its owner"
        assert rates["reset_password"] == "2/h/ip,2/h/key"
