"""Production's hosts and origins: the lines that are added, and the values that they give."""

from __future__ import annotations

import textwrap

import pytest

from steps.shared import trusted_hosts
from steps.shared.setting_reads import list_variables, new_variable, production_reader
from tests.steps.fakes import FakeProject
from wizard.project.platform import RAILWAY

CORS = {"MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware"]}
PLATFORM = {RAILWAY.domain_variable: RAILWAY.public_host}
OWN = f"https://{RAILWAY.public_host}"


def loaded(monkeypatch, text, environment):
    """The values of settings *text* under *environment*."""
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        values = {}
        exec(compile(text, "settings.py", "exec"), values)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if name.isupper()
    }


def completed(monkeypatch, tmp_path, text, *, given=None, **environment):
    """Settings *text* with production's lines, its values under production's *environment*, and the remarks.

    Planning again must add nothing.
    """
    text = "import os\n" + textwrap.dedent(text)
    environment = PLATFORM | environment
    (tmp_path / ".env.production").write_text("".join(f"{name}={value}\n" for name, value in (given or {}).items()))
    remarks = []
    for _ in range(2):
        values = loaded(monkeypatch, text, environment)
        project = FakeProject(tmp_path, text, {**values, **CORS})
        project.inspected["overridden"] = list(values)
        lines = trusted_hosts.production_lines(project)
        before, remarks = text, [*remarks, *lines.remarks]
        text += "".join(f"{line}\n" for line in lines.settings)
    assert text == before, "a second run adds nothing"
    return text, loaded(monkeypatch, text, environment), remarks


@pytest.mark.parametrize(
    ("hosts", "accepted"),
    [
        ("[]", [RAILWAY.public_host]),
        ('[".railway.app", "127.0.0.1"]', [".railway.app", "127.0.0.1", RAILWAY.public_host]),
        ('("localhost",)', ["localhost", RAILWAY.public_host]),
        ('["*"]', [RAILWAY.public_host]),
        ('os.getenv("X", "").split(",")', [RAILWAY.public_host]),
        ('["", " tea.example.com "]', ["tea.example.com", RAILWAY.public_host]),
    ],
)
def test_the_platforms_host_is_accepted_and_empty_strings_are_no_hosts(monkeypatch, tmp_path, hosts, accepted):
    _, values, _ = completed(monkeypatch, tmp_path, f"ALLOWED_HOSTS = {hosts}\n")
    assert values["ALLOWED_HOSTS"] == accepted


@pytest.mark.parametrize("hosts", ['[".railway.app", "127.0.0.1"]', "[]", '["*"]', '["a.example.com"] if 1 else ["*"]'])
def test_a_custom_domain_is_given_by_a_variable(monkeypatch, tmp_path, hosts):
    text, _, _ = completed(monkeypatch, tmp_path, f"ALLOWED_HOSTS = {hosts}\n")
    values = loaded(monkeypatch, text, {"ALLOWED_HOSTS": " shop.example.com,,www.example.com"})
    assert {"shop.example.com", "www.example.com"} <= set(values["ALLOWED_HOSTS"])
    assert "https://shop.example.com" in values["CSRF_TRUSTED_ORIGINS"]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('ALLOWED_HOSTS = os.environ.get("HOSTS", "").split()', ["HOSTS"]),
        ('hosts = os.environ["DOMAINS"]\nALLOWED_HOSTS = hosts.split(",")', ["DOMAINS"]),
        ('ALLOWED_HOSTS = []\nif 1:\n    ALLOWED_HOSTS += [os.getenv("HOST_NAME")]', ["HOST_NAME"]),
        ('ALLOWED_HOSTS = []\nALLOWED_HOSTS.append(os.getenv("HOST_NAME"))', ["HOST_NAME"]),
        ('from decouple import config as _c\nALLOWED_HOSTS = _c("HOSTS").split(",")', ["HOSTS"]),
        ('from environs import Env\ne = Env()\nALLOWED_HOSTS = e.list("HOSTS")', ["HOSTS"]),
        ('DEBUG = os.getenv("DEBUG")\nALLOWED_HOSTS = ["*"] if DEBUG else ["a.example.com"]', []),
        ('ALLOWED_HOSTS = ["*"] if os.getenv("DEV") else []', []),
        ('ALLOWED_HOSTS = [os.getenv("RAILWAY_PUBLIC_DOMAIN")]', []),
        ('ALLOWED_HOSTS = [os.environ.get("RENDER_EXTERNAL_HOSTNAME")]', []),
    ],
)
def test_variables_of_a_list_are_found_wherever_it_is_built(tmp_path, text, variables):
    assert list_variables(FakeProject(tmp_path, f"import os\n{text}\n"), "ALLOWED_HOSTS") == variables


def test_a_new_variable_has_the_prefix_of_the_others(tmp_path):
    project = FakeProject(tmp_path, 'import os\nDEBUG = os.getenv("SHOP_DEBUG")\n')
    assert new_variable(project, "ALLOWED_HOSTS") == "SHOP_ALLOWED_HOSTS"


def test_a_wildcard_in_productions_own_file_is_not_repaired_in_the_settings(monkeypatch, tmp_path):
    text = 'ALLOWED_HOSTS = os.getenv("HOSTS", "").split(",")\n'
    _, values, _ = completed(monkeypatch, tmp_path, text, given={"HOSTS": "*"}, HOSTS="*")
    assert values["ALLOWED_HOSTS"] == ["*", RAILWAY.public_host]


@pytest.mark.parametrize(
    ("hosts", "origins"),
    [
        ('["", "*", "127.0.0.1", "[::1]", "localhost", ".localhost", "db"]', []),
        ('[".railway.app", ".up.railway.app", ".herokuapp.com", "healthcheck.railway.app"]', []),
        ('[".example.com", "tea.example.com"]', ["https://*.example.com", "https://tea.example.com"]),
    ],
)
def test_forms_are_trusted_from_the_sites_own_names_only(monkeypatch, tmp_path, hosts, origins):
    _, values, _ = completed(monkeypatch, tmp_path, f"ALLOWED_HOSTS = {hosts}\n")
    assert set(values["CSRF_TRUSTED_ORIGINS"]) == {*origins, OWN}


def test_untrustworthy_origins_are_left_out_in_production_and_named(monkeypatch, tmp_path):
    text = """
        ALLOWED_HOSTS = []
        CSRF_TRUSTED_ORIGINS = [
            "https://*", "https://*.vercel.app", "http://localhost:3000", "https://localhost", "https://shop.example.com",
        ]
    """
    project = FakeProject(tmp_path, textwrap.dedent(text))
    project.inspected["settings"] = loaded(monkeypatch, textwrap.dedent(text), {})
    assert [problem.found.split()[1] for problem in trusted_hosts.problems(project)] == [
        "https://*", "https://*.vercel.app", "http://localhost:3000", "https://localhost",
    ]  # fmt: skip
    _, values, _ = completed(monkeypatch, tmp_path, text)
    assert values["CSRF_TRUSTED_ORIGINS"] == ["https://shop.example.com", OWN]


LITERAL = '["http://203.0.113.9:5173", "http://localhost:5173", "https://shop.example.com"]'


@pytest.mark.parametrize("name", ["CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"])
def test_a_literal_list_of_cors_origins_comes_from_a_variable_in_production(monkeypatch, tmp_path, name):
    text, values, _ = completed(monkeypatch, tmp_path, f"ALLOWED_HOSTS = []\n{name} = {LITERAL}\n")
    assert values[name] == ["https://shop.example.com"]
    assert f"{name} = {LITERAL}\n" in text, "development's list stays"
    values = loaded(monkeypatch, text, {"CORS_ALLOWED_ORIGINS": "https://a.example.com, https://b.example.com"})
    assert values[name] == ["https://a.example.com", "https://b.example.com"]


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("import environ\nenv = environ.Env()\n", 'env.list("CORS_ALLOWED_ORIGINS", default=["https://shop.example.com"])'),
        ("from decouple import config\n", 'config("CORS_ALLOWED_ORIGINS", default="https://shop.example.com").split(",")'),
    ],
)  # fmt: skip
def test_the_variable_is_read_in_the_projects_style(tmp_path, reader, expected):
    values = {**CORS, "CORS_ALLOWED_ORIGINS": ["http://localhost:3000", "https://shop.example.com"]}
    project = FakeProject(tmp_path, f"{reader}CORS_ALLOWED_ORIGINS = {LITERAL}\n", values)
    [line] = [line for line in trusted_hosts.production_lines(project).settings if line.startswith("CORS")]
    assert expected in line


@pytest.mark.parametrize(
    "text",
    [
        'CORS_ALLOWED_ORIGINS = ["https://shop.example.com"]',
        'CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "http://localhost:3000").split(",")',
    ],
)
def test_safe_origins_and_those_of_a_variable_stay(monkeypatch, tmp_path, text):
    completed_text, _, _ = completed(monkeypatch, tmp_path, f"ALLOWED_HOSTS = []\n{text}\n")
    assert completed_text.count("CORS_ALLOWED_ORIGINS") == 1


def test_an_empty_variable_is_no_origin(monkeypatch, tmp_path):
    text = 'ALLOWED_HOSTS = []\nCORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split(",")\n'
    text, values, _ = completed(monkeypatch, tmp_path, text)
    assert values["CORS_ALLOWED_ORIGINS"] == []
    values = loaded(monkeypatch, text, {"ORIGINS": "https://a.example.com,https://b.example.com"})
    assert values["CORS_ALLOWED_ORIGINS"] == ["https://a.example.com", "https://b.example.com"]


def test_an_api_that_is_open_for_all_closes_when_the_frontend_is_given(monkeypatch, tmp_path):
    text = "ALLOWED_HOSTS = []\nCORS_ALLOW_ALL_ORIGINS = True\n"
    text, values, remarks = completed(monkeypatch, tmp_path, text)
    assert values["CORS_ALLOW_ALL_ORIGINS"] is True, "no frontend stops working"
    assert len(remarks) == 1 and "CORS_ALLOWED_ORIGINS" in remarks[0]
    values = loaded(monkeypatch, text, {"CORS_ALLOWED_ORIGINS": "https://shop.example.com"})
    assert values["CORS_ALLOW_ALL_ORIGINS"] is False


def test_patterns_that_only_match_this_machine_are_left_out_in_production(monkeypatch, tmp_path):
    text = r"""
        ALLOWED_HOSTS = []
        CORS_ALLOWED_ORIGIN_REGEXES = [r"^http://localhost:\d+$", r"^https://\w+\.example\.com$"]
    """
    _, values, _ = completed(monkeypatch, tmp_path, text)
    assert values["CORS_ALLOWED_ORIGIN_REGEXES"] == [r"^https://\w+\.example\.com$"]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"^https://\w+\.example\.com$", ""),
        (r".*", "matches every website"),
        (r"^https?://.*$", "matches every website"),
        (r"^https://.*\.vercel\.app$", "matches the sites of other people on vercel.app"),
        (r"^http://localhost:\d+$", "matches plain HTTP"),
        (r"^https://.*\.shop\.io$", ""),
        (r"https://(www|api)\.shop\.io$", ""),
        (r"^https://([\w-]+\.)?shop\.io(:\d+)?$", ""),
        (r"^https://[a-z0-9-]+--shop\.netlify\.app$", ""),
        (r"^https://.*shop\.io$", "matches the domains of other people, such as https://golive-strangershop.io"),
        (
            r"^https://shop\.io",
            "matches https://shop.io.golive-stranger.example.net, because it has no $ at the end",
        ),
        (r"^(null|https://shop\.io)$", "matches the origin null, which pages in sandboxed frames have"),
        ("(", ""),
    ],
)
def test_patterns_that_let_strangers_in_are_named(pattern, reason):
    assert trusted_hosts.pattern_problem(pattern) == reason


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ('ALLOWED_HOSTS = []\nSESSION_COOKIE_DOMAIN = "localhost"\n', None),
        ('ALLOWED_HOSTS = []\nSESSION_COOKIE_DOMAIN = ".railway.app"\n', None),
        ('ALLOWED_HOSTS = ["shop.example.com"]\nSESSION_COOKIE_DOMAIN = ".example.com"\n', ".example.com"),
        ('ALLOWED_HOSTS = []\nSESSION_COOKIE_DOMAIN = os.getenv("SESSION_COOKIE_DOMAIN", "localhost")\n', None),
    ],
)
def test_a_cookie_domain_that_browsers_drop_comes_from_a_variable(monkeypatch, tmp_path, text, domain):
    text, values, _ = completed(monkeypatch, tmp_path, text)
    assert values["SESSION_COOKIE_DOMAIN"] == domain
    if domain is None:
        values = loaded(monkeypatch, text, {"SESSION_COOKIE_DOMAIN": ".example.com"})
        assert values["SESSION_COOKIE_DOMAIN"] == ".example.com"


def test_a_reader_that_the_production_settings_do_not_know_is_not_used(tmp_path):
    for name, kind in (("_env", "os"), ("env", "environ")):
        base = tmp_path / "base.py"
        base.write_text(f"import environ\n{name} = environ.Env()\n")
        assert production_reader(FakeProject(tmp_path, "from base import *\n")).kind == kind
