"""Later deployments and the database at Railway: what is watched from outside, and how the database is reached."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager, nullcontext
from functools import partial
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.steps.deployed import Site
from tests.targets.railway_project import SERVE
from wizard.base.errors import DeploymentError, NotYetError
from wizard.base.secrets import redact
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.project.database import client_environment
from wizard.project.detection import detect
from wizard.project.platform import RAILWAY
from wizard.targets.local import backup
from wizard.targets.local.postgres_programs import find_binaries
from wizard.targets.local.postgres_session import session
from wizard.targets.railway import stay_live
from wizard.targets.railway.command import RailwayCli
from wizard.targets.railway.connection_watch import ConnectionWatch
from wizard.targets.railway.stay_live import COMMIT, ROLLOVER, RailwayStayLive
from wizard.targets.railway.tunnel import tunnel
from wizard.targets.registry import target_class

needs_postgres = pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")


# ---- deployments


def test_later_deployments_are_watched_from_outside_and_rollbacks_lead_there_and_back(small):
    assert small.golive("--only", "11-12,17")[0] == 3
    assert ROLLOVER not in small.facts
    (small.folder / "serve.py").write_text(SERVE + "\n# changed\n")
    with (small.folder / ".env.production").open("a") as file:
        file.write("GREETING=second\n")
    assert small.golive("--only", "17")[0] == 0
    record = json.loads(small.facts[ROLLOVER])
    assert record["requests"] > 0 and record["failed"] == 0 and record["drained"] == ""
    with railway_of(small) as railway:
        _refused(railway, small.internet.cloud)
        _there_and_back(railway, small.internet.cloud)
        _only_there(railway, small.internet.cloud)


@contextmanager
def railway_of(small):
    """The target of the project that was deployed."""
    for name, value in small.internet.environment(**small.tokens).items():
        small.monkeypatch.setenv(name, value)
    kept, project = dict(small.facts), detect(small.folder, python=small.python)
    facts = SimpleNamespace(state=SimpleNamespace(facts=kept), put=kept.__setitem__,
                            get=lambda name: kept.get(name, ""))  # fmt: skip
    try:
        yield target_class("railway")(project, print, Answers({}), facts, loader.load())
    finally:
        project.close()


def _refused(railway, cloud):
    """A rollback that Railway refuses changes nothing."""
    running = railway.facts.get("railway.deployment")
    cloud.faults.images_gone = True
    assert railway.rollback_candidate() == ""
    with pytest.raises(NotYetError, match="no rollback to try"):
        railway.perform("rollback")
    cloud.faults.images_gone = False
    cloud.faults.refused["deploymentRollback"] = "Problem processing request"
    railway.perform("rollback")
    cloud.faults.refused.clear()
    assert railway.facts.get("railway.deployment") == running
    assert railway.rollback_trial().holds is False and "Problem processing" in railway.rollback_trial().showed


def _there_and_back(railway, cloud):
    """After a rollback the newer version runs again, with its variables."""
    [service] = [each for each in next(iter(cloud.projects.values()))["services"].values() if each["domain"]]
    running, candidate = railway.facts.get("railway.deployment"), railway.rollback_candidate()
    service["variables"]["LATER"] = "set in the dashboard, after the deployment"
    variables = dict(service["variables"])
    railway.perform("rollback")
    [earlier] = [each for each in cloud.deployments.values() if each.id.startswith(candidate)]
    back, again = list(cloud.deployments.values())[-2:]
    assert back.folder == earlier.folder and "GREETING" not in back.variables
    assert (again.folder, again.status) == (cloud.deployments[running].folder, "SUCCESS")
    assert again.id == railway.facts.get("railway.deployment")
    assert service["variables"] == variables and variables["GREETING"] == "second"
    assert railway.rollback_trial().holds and railway.rollback_trial().showed.startswith("0 of ")
    assert not railway.deployments.is_stale(), "the same version runs as before"


def _only_there(railway, cloud):
    """A newer version that does not come back is an error, and is deployed next."""
    cloud.faults.deployments = ["run", "crashes"]
    with pytest.raises(DeploymentError, match="The earlier version is running") as caught:
        railway.perform("rollback")
    assert "Run task 17" in caught.value.hint and railway.deployments.is_stale()


def target(**facts):
    """The part of the target with these facts."""
    kept = dict(facts)
    return SimpleNamespace(
        facts=SimpleNamespace(get=lambda name: kept.get(name, ""), put=kept.__setitem__),
        kept=kept, health_url="https://shop.up.railway.app/health/",
        deployments=SimpleNamespace(earlier=lambda: None),
    )  # fmt: skip


def test_requests_that_fail_during_a_deployment_are_counted(monkeypatch):
    site = Site({"/health/": httpx.Response(502)})
    monkeypatch.setattr(stay_live, "Site", lambda port, host, *, public: site)
    one = target(**{"railway.deployed": "1"})
    one.host, one.platform = site.host, RAILWAY
    one.service_config = SimpleNamespace(variables=lambda: {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "30"})
    asked = threading.Event()
    monkeypatch.setattr(site, "get", lambda path, **more: asked.set() or httpx.Response(502))
    with RailwayStayLive.watched_rollover(one):
        assert asked.wait(10)
    record = json.loads(one.kept[ROLLOVER])
    assert record["failed"] == record["requests"] > 0 and record["first"] == "GET /health/ answered 502"
    assert record["drained"] == "30"


@pytest.mark.parametrize(
    ("record", "holds", "says"),
    [
        ({"at": "now", "requests": 60, "failed": 0, "first": ""}, True, "0 of 60 requests failed"),
        ({"at": "now", "requests": 60, "failed": 2, "first": "502"}, False, "2 of 60 requests failed, the first: 502"),
    ],
)
def test_the_last_watched_deployment_is_told(record, holds, says):
    found = RailwayStayLive.rollover_status(target(**{ROLLOVER: json.dumps(record)}))
    assert found.holds is holds and found.showed == says


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "null"])
def test_no_watched_deployment_is_no_evidence(text):
    assert RailwayStayLive.rollover_status(target(**{ROLLOVER: text})) is None


def test_a_rollback_needs_a_deployment_that_railway_keeps():
    assert RailwayStayLive.rollback_status(target()) is None
    only = target(**{"railway.deployment": "b" * 32})
    assert RailwayStayLive.rollback_status(only).holds is None
    only.deployments.earlier = lambda: {"id": "a" * 32, "canRollback": True}
    assert RailwayStayLive.rollback_status(only).showed == "Railway can go back to aaaaaaaa"


def test_a_deployment_with_a_command_that_runs_once_is_never_run_again():
    one = target(**{"railway.deployment": "b" * 32})
    one.deployments = SimpleNamespace(earlier=lambda: {"id": "a" * 32}, is_once=lambda name: name == "b" * 32)
    assert RailwayStayLive.rollback_candidate(one) == ""
    one.kept["railway.deployment"] = "c" * 32
    assert RailwayStayLive.rollback_candidate(one) == "aaaaaaaa"


def test_the_commit_is_kept_with_the_deployment(monkeypatch):
    monkeypatch.setattr(stay_live.previous_version, "deployed_commit", lambda project: "c" * 40)
    one = target()
    one.project = None
    RailwayStayLive.remember_commit(one)
    assert one.kept[COMMIT] == "c" * 40


# ---- the database


class Project(SimpleNamespace):
    """A project at Railway whose database has *values* as variables."""

    def __init__(self, values, database_id="db"):
        ids = {"projectId": "p", "environmentId": "e"}
        api = SimpleNamespace(ask=lambda name, **sent: {"variables": values})
        super().__init__(database_id=database_id, ids=ids, api=api)


def origin_of(values, monkeypatch, **project):
    opened = []

    @contextmanager
    def no_tunnel(cli, service, programs):
        opened.append(service)
        yield 6543

    monkeypatch.setattr(stay_live, "tunnel", no_tunnel)
    one = target(**{"railway.database_name": "Postgres"})
    one.railway_project, one.cli = Project(values, **project), None
    one.rehearsal = SimpleNamespace(database=SimpleNamespace(server=None))
    with RailwayStayLive.backup_origin(one) as origin:
        return origin, opened


URL = "postgresql://postgres:s3cr3t%2Fpassword@postgres.railway.internal:5432/railway"


def test_a_public_address_is_used_without_a_tunnel(monkeypatch):
    values = {"DATABASE_PUBLIC_URL": URL.replace("postgres.railway.internal:5432", "one.proxy.rlwy.net:1234"),
              "DATABASE_URL": URL, "PGPASSWORD": "s3cr3t/password"}  # fmt: skip
    origin, opened = origin_of(values, monkeypatch)
    assert not opened and origin.environment["PGHOST"] == "one.proxy.rlwy.net"
    assert origin.environment["PGPORT"] == "1234" and origin.environment["PGPASSWORD"] == "s3cr3t/password"
    assert "s3cr3t" not in origin.description and "s3cr3t" not in redact("password s3cr3t/password")


@pytest.mark.parametrize("public", ["", "postgresql://postgres:x@:/railway"], ids=["none", "of a closed proxy"])
def test_a_private_database_is_reached_by_the_commands_tunnel(monkeypatch, public):
    origin, opened = origin_of({"DATABASE_PUBLIC_URL": public, "DATABASE_URL": URL}, monkeypatch)
    assert opened == ["Postgres"]
    assert origin.environment["PGHOST"] == "127.0.0.1" and origin.environment["PGPORT"] == "6543"
    assert origin.environment["PGDATABASE"] == "railway"


def test_without_a_database_there_is_nothing_to_back_up(monkeypatch):
    with pytest.raises(NotYetError, match="no database at Railway"):
        origin_of({}, monkeypatch, database_id="")


def test_a_url_becomes_variables_of_the_client_programs():
    login = f"{quote('a b')}:{quote('p@ss:/', safe='')}"
    url = urlsplit(f"postgresql://{login}@h:1/{quote('d d')}?sslmode=require")
    found = client_environment(url, PGHOST="other")
    wanted = {"PGHOST": "other", "PGPORT": "1", "PGUSER": "a b", "PGPASSWORD": "p@ss:/", "PGDATABASE": "d d",
              "PGSSLMODE": "require"}  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted


@pytest.fixture
def cloud(internet, tmp_path, monkeypatch):
    """A cloud with a running database, the command that is linked to its project, and the database's server."""
    project = internet.cloud.make_project("shop", internet.cloud.workspaces[0])
    service = internet.cloud.make_database(project)
    for name, value in internet.environment().items():
        monkeypatch.setenv(name, value)
    cli = RailwayCli(tmp_path, {"RAILWAY_API_TOKEN": internet.cloud.api_token})
    cli.run("link", "-p", project["id"])
    return SimpleNamespace(cli=cli, server=internet.cloud.postgres[service["id"]], faults=internet.cloud.faults)


@needs_postgres
def test_a_tunnel_leads_to_the_private_database_until_its_block_ends(cloud):
    server = cloud.server
    environment = {**server.client_environment(), "PGDATABASE": server.database}
    with tunnel(cloud.cli, "Postgres", server) as port:
        assert port != server.port
        with session(server.bin, {**environment, "PGPORT": str(port)}) as opened:
            assert opened.ask("SELECT current_database()") == [server.database]
    with (
        pytest.raises(backup.CommandError, match="refused"),
        session(server.bin, {**environment, "PGPORT": str(port)}) as closed,
    ):
        closed.ask("SELECT 1")


@needs_postgres
def test_a_tunnel_that_is_refused_says_what_to_do(cloud):
    cloud.faults.ssh_key = False
    with pytest.raises(NotYetError) as caught, tunnel(cloud.cli, "Postgres", cloud.server):
        pass
    assert "No SSH keys are registered" in caught.value.why and re.search("TCP Proxy", caught.value.hint)


@needs_postgres
def test_a_command_without_tunnels_says_what_to_do(cloud):
    cloud.faults.version = "5.26.0"
    cloud.cli.forget_version()
    with pytest.raises(NotYetError, match="too old for a tunnel"), tunnel(cloud.cli, "Postgres", cloud.server):
        pass


@needs_postgres
def test_the_connections_of_the_real_site_are_counted_without_our_own(cloud):
    server, watch = cloud.server, ConnectionWatch()
    environment = {**server.client_environment(), "PGDATABASE": server.database}
    assert watch.count() is None
    with watch.watching(server, lambda: nullcontext(backup.Origin("the database", environment))) as why:
        assert (why, watch.count(), watch.limit()) == ("", 0, 100)
        with session(server.bin, environment) as visitor:
            visitor.ask("SELECT 1")
            assert watch.count() == 1
            [ours] = visitor.ask("SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_stat_activity%' "
                                 "AND pid <> pg_backend_pid()")  # fmt: skip
            visitor.ask(f"SELECT pg_terminate_backend({ours})")
            assert watch.count() is None, "the connection was lost, so nothing is known"


@needs_postgres
def test_without_a_way_to_the_database_its_connections_wait_for_one(cloud):
    def private():
        raise NotYetError("The database at Railway is private", "no tunnel", "Give it a public address.")

    wrong = {**cloud.server.client_environment(), "PGDATABASE": "nowhere"}
    nowhere = partial(nullcontext, backup.Origin("", wrong))
    cases = [(cloud.server, private, "Give it a public address."), (None, private, "django-golive[postgres]"),
             (cloud.server, nowhere, '"nowhere" does not exist')]  # fmt: skip
    for server, origin, says in cases:
        watch = ConnectionWatch()
        with watch.watching(server, origin) as why:
            assert says in why and watch.count() is None
