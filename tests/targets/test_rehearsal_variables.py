"""The rehearsal's environment: references to stubs, and live payment keys that are replaced."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from tests.steps.fakes import FakeProject
from wizard.base.process import bare_environment
from wizard.checklist.answers import Answers
from wizard.project.interpreter import AGENT
from wizard.site.journeys import ProjectConfig
from wizard.targets.base import Database, Stage
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.local.service_variables import (
    fill_references,
    live_key_ids,
    replace_live_keys,
    stub_keys,
    uses_razorpay,
)


class OnlyRazorpay:
    razorpay = SimpleNamespace(url="http://127.0.0.1:9", key_id="rzp_test_stub", key_secret="stub-secret")

    @property
    def cloudinary(self):
        raise AssertionError("it must not be started")


def test_references_are_filled_and_start_only_the_servers_they_name():
    text = "{razorpay.url}/v1 {razorpay.key_id} {other.url}"
    assert fill_references(text, OnlyRazorpay()) == "http://127.0.0.1:9/v1 rzp_test_stub {other.url}"


def test_live_keys_are_replaced_with_their_secrets_and_test_keys_are_kept():
    values = {
        "RAZORPAY_KEY_ID": "rzp_live_abcdefghij1234", "RAZORPAY_KEY_SECRET": "live-secret",
        "OTHER_KEY_ID": "rzp_test_abcdefghij1234", "DEBUG": "False",
    }  # fmt: skip
    names = live_key_ids(values)
    assert names == ["RAZORPAY_KEY_ID"]
    assert replace_live_keys(values, names, OnlyRazorpay.razorpay) == values | {
        "RAZORPAY_KEY_ID": "rzp_test_stub", "RAZORPAY_KEY_SECRET": "stub-secret",
    }  # fmt: skip


def test_variables_with_keys_get_those_of_the_stub_and_the_secret_of_a_webhook_stays():
    names = ["RAZORPAY_KEY_ID", "RAZORPAY_KEY", "MY_RAZORPAY_KEY_SECRET", "RAZORPAY_SECRET", "RAZORPAY_WEBHOOK_SECRET",
             "RAZORPAY_URL", "STRIPE_KEY"]  # fmt: skip
    assert stub_keys(names, OnlyRazorpay.razorpay) == {
        "RAZORPAY_KEY_ID": "rzp_test_stub", "RAZORPAY_KEY": "rzp_test_stub",
        "MY_RAZORPAY_KEY_SECRET": "stub-secret", "RAZORPAY_SECRET": "stub-secret",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("packages", "config", "used"),
    [
        (["razorpay"], {}, True),
        (["stripe"], {}, False),
        (["razorpay"], {"environment": {"PAY_URL": "{razorpay.url}"}}, False),
        (["razorpay"], {"egress": ("api.razorpay.com:443",)}, False),
        (["razorpay"], {"egress": ("*.razorpay.com",)}, False),
        (["razorpay"], {"egress": ("api.stripe.com",)}, True),
    ],
)
def test_the_stub_of_razorpay_is_used_unless_golive_yaml_says_how_to_pay(packages, config, used):
    project = SimpleNamespace(dependencies=SimpleNamespace(requirements=lambda: dict.fromkeys(packages)))
    assert uses_razorpay(project, ProjectConfig(**config)) is used


HOST, FRONTEND = "rehearsal.up.railway.app", "https://frontend.example.com"
CORS = 'CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=["https://shop.in"])\n'
LINK = 'FRONTEND_URL = env("FRONTEND_URL", default="http://localhost:3000")\n'


def rehearsal(folder, text, values=None, answers=None):
    text = f"import environ, os\nenv = environ.Env()\n{text}"
    project = FakeProject(folder, text, values, placeholders={}, service_values=dict)
    made = Rehearsal(project, print, Answers(answers or {}), {}, None)
    made.__dict__ |= {"database": Database("sqlite://", "", None), "config": SimpleNamespace(environment={})}
    return made


@pytest.mark.parametrize(
    ("text", "values", "answers", "expected"),
    [
        ('URL = env("SITE_URL", default="http://localhost:8000")\n', {}, {}, {"SITE_URL": f"https://{HOST}"}),
        ('HOSTS = os.environ["ALLOWED_HOSTS"].split()\n', {}, {}, {"ALLOWED_HOSTS": HOST}),
        (CORS, {}, {}, {"CORS_ALLOWED_ORIGINS": FRONTEND}),
        # The settings name the frontend already, so nothing is made up.
        (CORS + LINK, {"CORS_ALLOWED_ORIGINS": ["https://shop.in"]}, {}, {"FRONTEND_URL": "https://shop.in"}),
        (CORS + LINK, {}, {"frontend": "https://tea.in/"},
         {"CORS_ALLOWED_ORIGINS": "https://tea.in", "FRONTEND_URL": "https://tea.in"}),
        (LINK, {}, {}, {}),
    ],
)  # fmt: skip
def test_addresses_of_the_site_and_the_frontend_are_set_where_they_are_known(tmp_path, text, values, answers, expected):
    found = rehearsal(tmp_path, text, values, answers).variables()
    assert {name: value for name, value in found.items() if name not in {"DATABASE_URL", "WEB_CONCURRENCY"}} == expected


@pytest.mark.parametrize(
    ("text", "values", "asked"),
    [
        (LINK, {}, ["frontend"]),
        (LINK, {"CORS_ALLOWED_ORIGINS": ["https://shop.in"]}, []),
        ('FRONTEND_URL = env("FRONTEND_URL", default="https://shop.in")\n', {}, []),
    ],
)
def test_the_address_of_an_unknown_frontend_is_asked_for(tmp_path, text, values, asked):
    made = rehearsal(tmp_path, text, values)
    assert [question.name for question in made.questions(Stage.VARIABLES)] == asked
    assert made.questions(Stage.DEPLOY) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"ALLOWED_HOSTS": HOST, "CORS_ALLOWED_ORIGINS": FRONTEND}),
        ({"ALLOWED_HOSTS": "*"}, {"ALLOWED_HOSTS": f"{HOST},*"}),
        ({"ALLOWED_HOSTS": f"{HOST},shop.in"}, {"ALLOWED_HOSTS": f"{HOST},shop.in"}),
        ({"CORS_ALLOWED_ORIGINS": "http://localhost:3000"}, {"CORS_ALLOWED_ORIGINS": FRONTEND}),
        # A mistake in .env.production is deployed, so it must be seen.
        ({"CORS_ALLOWED_ORIGINS": "http://shop.in"}, {"CORS_ALLOWED_ORIGINS": "http://shop.in"}),
    ],
)
def test_hosts_and_origins_in_the_env_file_are_kept(tmp_path, given, expected):
    text = 'HOSTS = os.environ["ALLOWED_HOSTS"].split(",")\n' + CORS.replace("https://shop.in", "http://localhost:1")
    made = rehearsal(tmp_path, text)
    made.project.service_values = lambda: dict(given)
    values = made.variables()
    assert {name: values[name] for name in expected} == expected


PAY = """
from agent import payments
payments.install({"razorpay": "http://127.0.0.1:9"})
import razorpay
keys = ("rzp_test_a", "secret")
print(razorpay.Client(auth=keys).base_url)
print(razorpay.Client(auth=keys, base_url="https://api.razorpay.com").base_url)
print(razorpay.Client(auth=keys, base_url="https://pay.example.com").base_url)
"""


def test_the_package_of_razorpay_uses_the_stub_unless_the_project_gives_another_address(python):
    environment = bare_environment(PYTHONPATH=str(AGENT.parents[1]))
    command = [python, "-W", "ignore", "-c", PAY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["http://127.0.0.1:9", "http://127.0.0.1:9", "https://pay.example.com"], done.stderr
