"""Addresses of the site and of its frontend: found in the settings, and derived from the domain."""

from __future__ import annotations

import pytest

from tests.steps.fakes import FakeProject
from wizard.project import site_addresses
from wizard.project.env_lists import join_list, split_list

HOST, FRONTEND = "shop.up.railway.app", "https://shop.example.com"


def derived(tmp_path, text, values=None, frontend=FRONTEND):
    project = FakeProject(tmp_path, f"import os\nimport environ\nenv = environ.Env()\n{text}\n")
    return site_addresses.derived(project, HOST, frontend, values or {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CANONICAL_HOST = os.getenv("CANONICAL_HOST", "localhost")', {"CANONICAL_HOST": HOST}),
        ('URL = env("SITE_URL", default="http://localhost:8000")', {"SITE_URL": f"https://{HOST}"}),
        ('URL = os.environ["BASE_URL"]', {"BASE_URL": f"https://{HOST}"}),
        ('DOMAIN = os.environ.get("DOMAIN", "127.0.0.1:8000")', {"DOMAIN": HOST}),
        ('API = os.getenv("API_URL", "http://127.0.0.1:8000/api/")', {"API_URL": f"https://{HOST}/api/"}),
        ('FRONT = os.getenv("FRONTEND_URL", "http://localhost:3000")', {"FRONTEND_URL": FRONTEND}),
        ('FRONT = os.getenv("CLIENT_DOMAIN", "localhost:3000")', {"CLIENT_DOMAIN": "shop.example.com"}),
        ('URL = os.getenv("SITE_URL", "https://shop.in")', {}),
        ('API = os.environ["API_URL"]', {}),
        ('DB = os.getenv("DB_HOST", "localhost")', {}),
        ('REDIS = os.getenv("REDIS_URL", "redis://localhost:6379")', {}),
        ('MODEL = os.getenv("OLLAMA_BASE_URL", "http://localhost:11434")', {}),
    ],
)
def test_an_address_on_this_machine_is_derived_in_the_form_of_its_default(tmp_path, text, expected):
    assert derived(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("https://www.shop.in", {}), ("http://localhost:8000", {"SITE_URL": f"https://{HOST}"}), ("", {"SITE_URL": f"https://{HOST}"})],
)  # fmt: skip
def test_a_public_address_in_the_environment_stays(tmp_path, given, expected):
    assert derived(tmp_path, 'URL = os.environ["SITE_URL"]', {"SITE_URL": given}) == expected


def test_the_address_of_an_unknown_frontend_is_not_made_up(tmp_path):
    assert derived(tmp_path, 'FRONT = os.getenv("FRONTEND_URL", "http://localhost:3000")', frontend="") == {}


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ({"CORS_ALLOWED_ORIGINS": [FRONTEND]}, [FRONTEND]),
        ({"CORS_ALLOWED_ORIGINS": [FRONTEND, "http://localhost:3000"]}, []),
        ({"CORS_ORIGIN_WHITELIST": [], "CORS_ALLOWED_ORIGINS": [FRONTEND]}, []),
        ({}, []),
    ],
)
def test_a_frontend_is_known_from_origins_that_production_may_trust(tmp_path, values, known):
    assert site_addresses.known_frontends(FakeProject(tmp_path, values=values)) == known


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('H = os.getenv("HOSTS", "").split(",")', "a.example,b.example"),
        ('H = os.environ["HOSTS"].split()', "a.example b.example"),
        ('H = os.getenv("HOSTS", "").split(" ")', "a.example b.example"),
        ('H = [h for h in os.getenv("HOSTS", "").split(";") if h]', "a.example;b.example"),
        ('H = json.loads(os.environ["HOSTS"])', '["a.example", "b.example"]'),
        ('H = env.list("HOSTS")', "a.example,b.example"),
    ],
)
def test_a_list_is_written_as_the_settings_take_it_apart(tmp_path, text, value):
    settings = FakeProject(tmp_path, f"import json, os\n{text}\n").settings
    assert join_list(settings, "HOSTS", ["a.example", "b.example"]) == value
    assert split_list(value) == ["a.example", "b.example"]


def test_pydantic_reads_a_list_as_json(tmp_path):
    (tmp_path / "conf.py").write_text("class Env(BaseSettings):\n    allowed_hosts: list[str] = []\n")
    settings = FakeProject(tmp_path, "from conf import Env\n").settings
    assert join_list(settings, "ALLOWED_HOSTS", ["a.example"]) == '["a.example"]'
