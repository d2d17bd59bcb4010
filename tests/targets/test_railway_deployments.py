"""Variables, settings and deployments of the service at Railway."""

from __future__ import annotations

import subprocess

from tests.targets.railway_project import FILES, SERVE, SETTINGS, failure
from wizard.state import state_file


def test_a_failed_deployment_is_rolled_back_with_the_users_consent(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    (small.folder / "serve.py").write_text(SERVE + "\n# changed\n")
    cloud.faults.deployments = ["crashes later"]
    code, events = small.golive("--only", "17", GOLIVE_ROLLBACK="yes")
    assert code == 1
    assert "rolled back to the last good deployment" in failure(events)["error"]
    newest = cloud.of(cloud.service("web"))[0]
    assert newest.status == "SUCCESS"
    assert not (newest.folder / "serve.py").read_text().endswith("# changed\n")


def test_a_service_that_crashed_is_deployed_again(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    [first] = cloud.of(cloud.service("web"))
    first.status = "CRASHED"
    assert small.golive("--only", "17", GOLIVE_AGAIN="1")[0] == 0
    assert [deployment.status for deployment in cloud.of(cloud.service("web"))] == ["SUCCESS", "CRASHED"]


def test_variables_are_set_in_one_request_without_a_deployment(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12")[0] == 3
    queries = len(cloud.queries)
    small.golive("--only", "15")
    variables = cloud.service("web")["variables"]
    assert variables["DATABASE_URL"] == "${{Postgres.DATABASE_URL}}"
    assert variables["DJANGO_SECRET_KEY"].startswith("not-a-word")
    changes = [query for query in cloud.queries[queries:] if query.startswith("mutation Upsert")]
    assert len(changes) == 1
    assert cloud.of(cloud.service("web")) == []
    assert cloud.service("web")["settings"]["healthcheckPath"] == "/health/"


def test_required_parts_of_the_databases_url_become_references(small):
    cloud, settings = small.internet.cloud, small.folder / "site_" / "settings.py"
    settings.write_text(
        SETTINGS + 'PARTS = os.environ["DB_HOSTNAME"], os.environ["POSTGRES_DB"], os.environ["DB_PORT"]\n'
    )
    assert small.golive("--only", "11-12")[0] == 3
    small.golive("--only", "15")
    variables = cloud.service("web")["variables"]
    assert variables["DB_HOSTNAME"] == "${{Postgres.PGHOST}}" and variables["DB_PORT"] == "${{Postgres.PGPORT}}"
    assert variables["POSTGRES_DB"] == "${{Postgres.PGDATABASE}}"


def test_a_project_below_its_dependency_file_is_started_in_its_folder(small):
    (small.folder / "requirements.txt").unlink()
    (small.folder.parent / "requirements.txt").write_text("django\n")
    subprocess.run(["git", "init", "--quiet"], cwd=small.folder.parent, check=True)
    (small.folder.parent / ".gitignore").write_text("net/\n.env*\n")
    small.golive("--only", "11-12,17")
    cloud = small.internet.cloud
    assert cloud.service("web")["settings"]["startCommand"] == "cd small-shop && exec python serve.py"
    assert cloud.of(cloud.service("web"))[0].status == "SUCCESS"
    assert "requirements.txt" in cloud.uploads[0] and ".env.production" not in str(cloud.uploads[0])


def test_live_payment_keys_are_refused_outside_production(small):
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
    state = state_file.load(small.folder)
    state.facts["railway.environment_name"] = "staging"
    state.save()
    code, events = small.golive("--only", "15")
    assert code == 1 and "Live keys of Razorpay must not be used outside production" in failure(events)["error"]
    assert names[0] not in cloud.service("web")["variables"]
