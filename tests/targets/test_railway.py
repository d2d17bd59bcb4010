"""Production at Railway against its stand-ins: everything once, nothing twice, and each failure in the right guide."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from doubles.internet import Internet

from tests.cli_runner import golive
from tests.conftest import fresh
from tests.secret_watch import Watch, leaks, left_behind, strays
from wizard.base.errors import UsageError
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.cli import main
from wizard.editing import dotenv
from wizard.engine.opening import open_engine
from wizard.engine.start import Start
from wizard.state import state_file
from wizard.targets.railway import resources, service

SETTINGS = """
import os
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.environ.get("DEBUG") == "True"
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = []
ROOT_URLCONF = "site_.urls"
WSGI_APPLICATION = "site_.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
SERVE = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.headers["Host"] != "not-allowed.example.com"
        body = b'{"status": "healthy"}' if allowed else b"Bad Request"
        self.send_response(200 if allowed else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n',
    "site_/__init__.py": "",
    "site_/settings.py": SETTINGS,
    "site_/urls.py": "urlpatterns = []\n",
    "site_/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    "serve.py": SERVE,
    "Procfile": "web: exec python serve.py\n",
    "requirements.txt": "django\n",
    ".gitignore": ".env*\n",
    ".env.production": "DJANGO_SECRET_KEY=not-a-word-of-it-0123456789-not-a-word-of-it\nDEBUG=False\n",
}


@pytest.fixture
def internet(tmp_path):
    (tmp_path / "net").mkdir()
    made = Internet(tmp_path / "net")
    yield made
    made.close()


def put(folder):
    """The small project, in *folder*."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".env.production").chmod(0o600)


class Small:
    """A small project, and runs of Golive on it in this process."""

    def __init__(self, internet, folder, python, monkeypatch, capsys):
        self.internet, self.folder, self.python = internet, folder, python
        self.monkeypatch, self.capsys = monkeypatch, capsys
        put(folder)
        internet.cloud.python = python
        self.tokens = {"RAILWAY_API_TOKEN": internet.cloud.api_token}
        self.without: tuple[str, ...] = ()

    def golive(self, *arguments, **more):
        """Run it; its exit code and its events by name."""
        given = self.internet.environment(**{"GOLIVE_COSTS": "yes", **self.tokens, **more})
        with self.monkeypatch.context() as patch:
            for name in set(os.environ) - set(given):
                patch.delenv(name)
            for name, value in given.items():
                patch.setenv(name, value)
            for name in self.without:
                patch.delenv(name, raising=False)
            argv = ["--auto", "--json", "--target", "railway", "--python", self.python, *arguments, str(self.folder)]
            code = main.main(argv)
        events = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        return code, events

    @property
    def facts(self):
        return state_file.load(self.folder).facts

    def status(self, item):
        return state_file.load(self.folder).status(item)


@pytest.fixture
def small(internet, tmp_path, python, monkeypatch, capsys):
    for module in (resources, service):
        monkeypatch.setattr(module, "WAITS", (0.1,) * 4)  # the stand-in builds in a moment
    folder = tmp_path / "small-shop"
    folder.mkdir()
    return Small(internet, folder, python, monkeypatch, capsys)


def first_hint(events):
    failed = next(each for each in events if each["event"] == "TaskFailed")
    first = failed["diagnoses"][0]
    return first["guide"], first["hint"], first["confirmed"], first["seen"]


def no_command(small):
    (small.internet.bin / "railway").unlink()


def old_command(small):
    small.internet.cloud.faults.version = "4.20.0"


def nobody(small):
    small.tokens = {}


def expired(small):
    small.internet.cloud.faults.expired = True


def taken(small):
    small.internet.cloud.make_project("small-shop", small.internet.cloud.workspaces[0])


def slow_database(small):
    small.internet.cloud.faults.slow_database = True
    small.monkeypatch.setattr(resources, "DATABASE_SECONDS", 1.0)


def limited(small):
    small.internet.cloud.faults.limited, small.internet.cloud.faults.retry_after = 99, "1800"


def ends(*how):
    def arrange(small):
        small.internet.cloud.faults.deployments = list(how)

    return arrange


def cut(small):
    small.internet.cloud.faults.cut = ["up", "up"]


def missing_variable(small):
    path = small.folder / "site_" / "settings.py"
    path.write_text(path.read_text() + 'PAYMENT_PASSPHRASE = os.environ["PAYMENT_PASSPHRASE"]\n')


FAULTS = [
    ("the command is missing", no_command, "11", "services", "railway command", "not installed"),
    ("the command is old", old_command, "11", "services", "railway command", "too old: 4.20.0"),
    ("nobody is logged in", nobody, "11", "services", "login", "doesn't know who asks"),
    ("the token has expired", expired, "11", "services", "login", "refused the token"),
    ("the name is taken", taken, "12", "services", "name is taken", "has a project small-shop already"),
    ("PostgreSQL is slow to come", slow_database, "12", "services", "database has come up", "DEPLOYING"),
    ("Railway asks to wait", limited, "11", "services", "asks to wait", "limits how often"),
    ("the build fails", ends("build fails"), "17", "deployment", "Railway logs", "No matching distribution"),
    ("it crashes again and again", ends("crashes"), "17", "deployment", "Railway logs", "No module named 'psycopg'"),
    ("it crashes after a success", ends("crashes later"), "17", "deployment", "Railway logs", "MemoryError"),
    ("the health check gets 400", ends("health check fails"), "17", "health", "ALLOWED_HOSTS", "healthcheck.railway"),
    ("the connection is cut", cut, "17", "services", "connection", "lost the connection"),
    ("a variable is missing", missing_variable, "15", "deployment", "environment variables", "PAYMENT_PASSPHRASE"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arrange", "task", "guide", "hint", "seen"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_each_fault_ends_in_the_right_guide_with_the_right_first_hint(small, arrange, task, guide, hint, seen):
    if task in {"15", "17"}:
        assert small.golive("--only", "11-12")[0] == 3, "two services have no account"
    arrange(small)
    code, events = small.golive("--only", task)
    assert code == 1
    found = first_hint(events)
    assert (found[0], found[2]) == (guide, True), found
    assert hint in found[1] and seen in found[3], found


def test_everything_is_made_once_and_found_again(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12")[0] == 3
    [project] = cloud.projects.values()
    assert project["name"] == "small-shop"
    assert sorted(each["kind"] for each in project["services"].values()) == ["postgres", "site"]
    assert cloud.service("Postgres")["schedules"] == ["DAILY"]
    calls, queries = len(cloud.calls), len(cloud.queries)
    (small.folder / ".golive" / "state.json").unlink()
    (small.internet.home / ".railway" / "config.json").unlink()
    assert small.golive("--only", "12")[0] == 0, "another machine: neither link nor state, the journal knows"
    assert len(cloud.projects) == 1 and len(project["services"]) == 2
    made = [call["argv"][0] for call in cloud.calls[calls:]]
    assert not {"init", "add"} & set(made)
    assert not [each for each in cloud.queries[queries:] if each.startswith("mutation")]


def test_nothing_that_costs_is_made_without_a_yes(small):
    code, events = small.golive("--only", "12", GOLIVE_COSTS="no")
    assert code == 3
    assert small.internet.cloud.projects == {}
    told = next(each["evidence"]["showed"] for each in events if each["event"] == "Ticked")
    assert "About $6.40 a month" in told and "prices of 2026-07" in told and "costs: yes" in told


@pytest.mark.parametrize("where", ["init!", "up!"])
def test_a_connection_cut_after_the_service_has_acted_makes_nothing_twice(small, where):
    cloud = small.internet.cloud
    cloud.faults.cut = [where]
    assert small.golive("--only", "11-12,17")[0] == 3
    assert small.status("17.1") is Status.DONE
    assert len(cloud.projects) == 1
    assert len(cloud.of(cloud.service("web"))) == 1
    assert cloud.faults.cut == []


def test_a_persons_own_login_is_used_through_the_command_alone(small):
    small.tokens = {}
    small.internet.log_in()
    assert small.golive("--only", "11-12,17")[0] == 3
    assert small.status("17.3") is Status.DONE
    assert small.internet.railway.requests == 0, "its token is the command's, and nobody else's"
    assert any(call["argv"][0] == "api" for call in small.internet.cloud.calls)


def test_a_project_token_works_in_its_project_and_makes_none(small):
    cloud = small.internet.cloud
    project = cloud.make_project("theirs", cloud.workspaces[0])
    cloud.project_tokens["project-token-1"] = (project["id"], project["environments"][0]["id"])
    small.tokens = {"RAILWAY_TOKEN": "project-token-1"}
    assert small.golive("--only", "11-12")[0] == 3
    assert small.status("12.1") is Status.DONE
    assert list(cloud.projects) == [project["id"]]


def test_a_folder_that_is_linked_already_stays_with_its_project(small):
    cloud = small.internet.cloud
    small.internet.log_in()
    project = cloud.make_project("linked", cloud.workspaces[0])
    cloud.make_service(project, "backend")
    config = small.internet.home / ".railway" / "config.json"
    record = json.loads(config.read_text())
    record["projects"] = {str(small.folder): {"project": project["id"], "service": None}}
    config.write_text(json.dumps(record))
    small.tokens = {}
    assert small.golive("--only", "11-12,17")[0] == 3
    assert list(cloud.projects) == [project["id"]]
    assert cloud.of(cloud.service("backend"))[0].status == "SUCCESS", "its one service is the site"


def test_several_workspaces_ask_which(small):
    small.internet.cloud.workspaces.append({"id": "w2", "name": "Team", "plan": "PRO"})
    code, events = small.golive("--only", "12")
    assert code == 1 and small.internet.cloud.projects == {}
    failed = next(each for each in events if each["event"] == "TaskFailed")
    assert "railway.workspace" in failed["error"]
    assert small.golive("--only", "12", GOLIVE_RAILWAY_WORKSPACE="Team")[0] == 0


def test_a_plan_without_backups_is_told_and_no_failure(small):
    small.internet.cloud.faults.no_backups = True
    assert small.golive("--only", "12")[0] == 0
    assert "not available on your plan" in state_file.load(small.folder).evidence["pre-launch.5"].showed


def test_a_bad_deployment_is_rolled_back_when_that_was_wished(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    (small.folder / "serve.py").write_text(SERVE + "\n# changed\n")
    cloud.faults.deployments = ["crashes later"]
    code, events = small.golive("--only", "17", GOLIVE_ROLLBACK="yes")
    assert code == 1
    failed = next(each for each in events if each["event"] == "TaskFailed")
    assert "the last good one runs again" in failed["error"]
    newest = cloud.of(cloud.service("web"))[0]
    assert newest.status == "SUCCESS"
    assert not (newest.folder / "serve.py").read_text().endswith("# changed\n")


def test_a_service_that_crashed_since_is_deployed_again(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    [first] = cloud.of(cloud.service("web"))
    first.status = "CRASHED"
    assert small.golive("--only", "17", GOLIVE_AGAIN="1")[0] == 0
    assert [each.status for each in cloud.of(cloud.service("web"))] == ["SUCCESS", "CRASHED"]


def test_variables_go_in_one_change_without_a_deployment(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12")[0] == 3
    queries = len(cloud.queries)
    small.golive("--only", "15")
    held = cloud.service("web")["variables"]
    assert held["DATABASE_URL"] == "${{Postgres.DATABASE_URL}}"
    assert held["DJANGO_SECRET_KEY"].startswith("not-a-word")
    changes = [each for each in cloud.queries[queries:] if each.startswith("mutation Upsert")]
    assert len(changes) == 1
    assert cloud.of(cloud.service("web")) == []
    assert cloud.service("web")["settings"]["healthcheckPath"] == "/health/"


def test_parts_of_the_databases_address_that_are_insisted_on_are_references_too(small):
    cloud, settings = small.internet.cloud, small.folder / "site_" / "settings.py"
    settings.write_text(
        SETTINGS + 'PARTS = os.environ["DB_HOSTNAME"], os.environ["POSTGRES_DB"], os.environ["DB_PORT"]\n'
    )
    assert small.golive("--only", "11-12")[0] == 3
    small.golive("--only", "15")
    held = cloud.service("web")["variables"]
    assert held["DB_HOSTNAME"] == "${{Postgres.PGHOST}}" and held["DB_PORT"] == "${{Postgres.PGPORT}}"
    assert held["POSTGRES_DB"] == "${{Postgres.PGDATABASE}}"


def test_a_manage_py_below_the_dependency_file_is_started_there(small):
    (small.folder / "requirements.txt").unlink()
    (small.folder.parent / "requirements.txt").write_text("django\n")
    subprocess.run(["git", "init", "--quiet"], cwd=small.folder.parent, check=True)
    (small.folder.parent / ".gitignore").write_text("net/\n.env*\n")
    small.golive("--only", "11-12,17")
    cloud = small.internet.cloud
    assert cloud.service("web")["settings"]["startCommand"] == "cd small-shop && exec python serve.py"
    assert cloud.of(cloud.service("web"))[0].status == "SUCCESS"
    assert "requirements.txt" in cloud.uploads[0] and ".env.production" not in str(cloud.uploads[0])


def test_the_command_is_installed_when_that_was_wished(small):
    real = (small.internet.bin / "railway").rename(small.internet.bin / "railway-to-come")
    npm = small.internet.bin / "npm"
    # npm's exit code proves nothing: this one fails, and brings the command all the same.
    npm.write_text(
        f'#!/bin/sh\n[ "$*" = "install -g @railway/cli" ] && mv {real} {small.internet.bin}/railway\nexit 1\n'
    )
    npm.chmod(0o755)
    assert small.golive("--only", "11")[0] == 1, "nobody asked for it"
    assert small.golive("--only", "11", GOLIVE_RAILWAY_INSTALL="yes")[0] == 3
    assert small.status("11.1") is Status.DONE


def test_a_person_at_a_terminal_logs_in_there(small):
    small.tokens = {}
    handed = []

    def interact(argv):
        handed.append([Path(argv[0]).name, *argv[1:]])
        return subprocess.run(argv, env=small.internet.environment(), check=False).returncode

    given = small.internet.environment(SSH_CONNECTION="a b")
    for name, value in given.items():
        small.monkeypatch.setenv(name, value)
    answers = Answers({"target": "railway"}, present=True)
    with open_engine(Start(small.folder, python=small.python, target="railway"), answers, lambda event: None) as engine:
        engine.interact = engine.sandbox.interact = interact
        with pytest.raises(UsageError, match=r"no target nowhere\. Targets are local, railway"):
            engine.aim("nowhere")
        assert engine.run_task(engine.checklist.tasks[11])
        assert engine.state.status("11.1") is Status.DONE
    assert handed == [["railway", "login", "--browserless"]], "no browser is in front of somebody far away"


def test_without_accounts_the_rest_goes_on_and_says_what_stays_open(small):
    code, events = small.golive("--only", "11")
    assert code == 3
    told = {each["item"]["id"]: each["evidence"]["showed"] for each in events if each["event"] == "Ticked"}
    assert "https://sentry.io/signup/" in told["11.2"] and "14.1, 14.2, 14.5" in told["11.2"]
    assert "SENTRY_AUTH_TOKEN" in told["11.2"] and "event:read" in told["11.2"]
    assert "UPTIMEROBOT_API_KEY" in told["11.3"]


def test_a_project_that_was_deleted_is_made_anew(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    cloud.projects.clear()
    assert small.golive("--only", "12")[0] == 0
    assert len(cloud.projects) == 1
    assert "railway.deployed" not in small.facts, "what was deployed is gone with it"


def test_live_keys_are_refused_off_production(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12")[0] == 3
    settings = small.folder / "site_" / "settings.py"
    names = ("RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET")
    settings.write_text(SETTINGS + "".join(f'{name} = os.environ.get("{name}", "")\n' for name in names))
    env = small.folder / ".env.production"
    env.write_text(FILES[".env.production"] + f"{names[0]}=rzp_live_abcdefghij1234\n{names[1]}=a-secret-of-live-mode\n")
    [project] = cloud.projects.values()
    project["environments"][0]["name"] = "staging"
    for fact in ("environment", "environment_name"):
        assert small.facts[f"railway.{fact}"]
    known = state_file.load(small.folder)
    known.facts["railway.environment_name"] = "staging"
    known.save()
    code, events = small.golive("--only", "15")
    failed = next(each for each in events if each["event"] == "TaskFailed")
    assert code == 1 and "Live keys of Razorpay have no place off production" in failed["error"]
    assert names[0] not in cloud.service("web")["variables"]


# ---- the whole way


def tree(folder):
    left_out = {".git", ".golive", "venv", "logs"}
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and not left_out & set(p.parts)}


def traces(net):
    """What a run leaves behind at the services."""
    cloud = net.cloud
    return (
        len(cloud.projects), [len(each["services"]) for each in cloud.projects.values()], len(cloud.deployments),
        list(net.sentry.projects), len(net.sentry.events), [each["url"] for each in net.robot.monitors.values()],
        len(net.razorpay.orders), len(net.cloudinary.resources), len(net.mailbox.mails),
    )  # fmt: skip


@pytest.fixture
def temporary():
    """A folder for temporary files that the database's own user can enter too."""
    with tempfile.TemporaryDirectory(prefix="golive-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="argv of other processes is read from /proc")
def test_the_sample_goes_live_24_of_24_and_again_makes_nothing_twice(internet, python, tmp_path, temporary):
    backend = fresh(tmp_path / "shop", python)
    shop = backend.parent
    net, cloud = internet, internet.cloud
    cloud.python = str(backend / "venv" / "bin" / "python")
    own = {
        "RAZORPAY_API_URL": net.razorpay.url, "RAZORPAY_KEY_ID": net.razorpay.key_id,
        "RAZORPAY_KEY_SECRET": net.razorpay.key_secret, "CLOUDINARY_API_URL": net.cloudinary.url,
        "CLOUDINARY_SECURE_DISTRIBUTION": net.cloudinary.distribution, "CLOUDINARY_CLOUD_NAME": net.cloudinary.cloud,
        "CLOUDINARY_API_KEY": net.cloudinary.api_key, "CLOUDINARY_API_SECRET": net.cloudinary.api_secret,
        "UPTIMEROBOT_API_KEY": net.robot.key,
    }  # fmt: skip
    (backend / ".env.production").write_text("".join(f"{name}={value}\n" for name, value in own.items()))
    (backend / ".env.production").chmod(0o600)
    environment = net.environment(
        PYTHONPATH=str(Path(__file__).parents[2]), TMPDIR=str(temporary),
        RAILWAY_API_TOKEN=cloud.api_token, SENTRY_AUTH_TOKEN=net.sentry.token,
        GOLIVE_COSTS="yes", GOLIVE_SEED="yes", GOLIVE_FRONTEND="https://shop.example.com",
    )  # fmt: skip
    with Watch() as watch:
        first = golive("--auto", "--target", "railway", shop, env=environment, cwd=tmp_path)
    assert first.returncode == 0, first.stderr[-3000:]
    assert "126 of 126 items done, 0 need your input, 0 failed" in first.stdout
    assert net.sentry.problems == [] and net.robot.problems == []
    for proof in ("deployment", "A+ by the six headers", "https://shop-inc.sentry.io/issues/77/events/",
                  "no card was asked for", "test mode", "mailed to owner@example.com"):  # fmt: skip
        assert proof in first.stderr, proof

    # No secret stands where it has no business.
    values = dotenv.values((backend / ".env.production").read_bytes())
    database = cloud.service("Postgres")["variables"]["PGPASSWORD"]
    secrets = {
        "RAILWAY_API_TOKEN": cloud.api_token, "SENTRY_AUTH_TOKEN": net.sentry.token,
        "UPTIMEROBOT_API_KEY": net.robot.key,
        "RAZORPAY_KEY_SECRET": net.razorpay.key_secret, "CLOUDINARY_API_SECRET": net.cloudinary.api_secret,
        "PGPASSWORD": database, "DJANGO_SECRET_KEY": values["DJANGO_SECRET_KEY"], "DB_PASSWORD": values["DB_PASSWORD"],
        "DJANGO_SUPERUSER_PASSWORD": values["DJANGO_SUPERUSER_PASSWORD"],
    }  # fmt: skip
    given = strays(watch, secrets)
    assert not given, "\n".join(map(str, given))
    assert any("SENTRY_AUTH_TOKEN=" in value for _, value in watch.given), "the watch saw the environments"
    kept = left_behind(backend / ".golive", temporary, repository=shop)
    assert {path.stat().st_mode & 0o777 for path in (backend / ".golive" / "backups").iterdir()} == {0o600}
    report = golive("report", "--format", "html", "--project", backend, env=environment, cwd=tmp_path)
    argvs = json.dumps([call["argv"] for call in cloud.calls])
    assert not leaks([first.stdout, first.stderr, report.stdout, *kept, *watch.seen, argvs], secrets)
    assert any("railway up" in line.replace(str(net.bin) + "/", "") for line in watch.seen), "the watch saw the calls"
    names = {name for call in cloud.calls for name in call["names"]}
    assert not names & {"SENTRY_AUTH_TOKEN", "UPTIMEROBOT_API_KEY", "RAZORPAY_KEY_SECRET"}

    # What was uploaded is what is deployed, and nothing private.
    assert "manage.py" in cloud.uploads[0]
    assert not [name for upload in cloud.uploads for name in upload if ".env.production" in name or ".golive" in name]
    held = cloud.service("web")
    assert not [name for name in held["variables"] if name.startswith(("DJANGO_SUPERUSER", "UPTIMEROBOT"))]
    assert held["settings"]["preDeployCommand"] == []

    # Again, and looked at once more: nothing is made, sent or deployed.
    before, after = traces(net), tree(shop)
    again = golive("--auto", shop, env=environment, cwd=tmp_path)
    assert again.returncode == 0, again.stderr[-2000:]
    assert "126 of 126 items done" in again.stdout
    some = golive("--auto", "--only", "11-17,19", shop, env={**environment, "GOLIVE_AGAIN": "1"}, cwd=tmp_path)
    assert some.returncode == 0, some.stderr[-2000:]
    sent = traces(net)
    assert sent[:4] + sent[5:] == before[:4] + before[5:]
    assert sent[4] == before[4] + 1, "task 14 raises its test error when it is run again"
    assert tree(shop) == after

    # The database's volume goes away: a look finds out.
    cloud.service("Postgres")["schedules"].clear()
    net.robot.monitors.clear()
    drifted = golive("check", "--project", backend, env=environment, cwd=tmp_path)
    assert drifted.returncode == 1
    assert "drifted 19.1" in drifted.stdout
    gone = {line.split()[1].rstrip(":") for line in drifted.stdout.splitlines()}
    # Every other ticked box still holds; 24.2 is not looked at any more once 24.5 has no monitor to ask about.
    assert gone == {"19.1", "19.2", "19.3", "19.4", "24.2", "24.5"}, drifted.stdout
