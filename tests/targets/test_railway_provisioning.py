"""Project, service and database at Railway: created once, found again, and never without consent to their costs."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from doubles.railway.graphql import Api

from tests.targets.railway_project import evidence_texts, failure
from wizard.checklist.evidence import Status
from wizard.state import state_file
from wizard.targets.railway.documents import DOCUMENTS
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.project_status import ProjectStatus


def test_everything_is_created_once_and_found_again(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12")[0] == 3
    [project] = cloud.projects.values()
    assert project["name"] == "small-shop"
    assert sorted(service["kind"] for service in project["services"].values()) == ["postgres", "site"]
    assert cloud.service("Postgres")["schedules"] == ["DAILY"]
    calls, queries = len(cloud.calls), len(cloud.queries)
    (small.folder / ".golive" / "state.json").unlink()
    (small.internet.home / ".railway" / "config.json").unlink()
    assert small.golive("--only", "12")[0] == 0, "without link and state, the journal has the ids"
    assert len(cloud.projects) == 1 and len(project["services"]) == 2
    commands = [call["argv"][0] for call in cloud.calls[calls:]]
    assert not {"init", "add"} & set(commands)
    assert not [query for query in cloud.queries[queries:] if query.startswith("mutation")]


def test_the_sizes_of_the_volumes_are_read(small):
    small.golive("--only", "12")
    small.internet.cloud.used_mb = 4100.0
    [record] = small.internet.cloud.projects.values()
    query = {"query": DOCUMENTS["project"], "variables": {"id": record["id"]}}
    found = Api(small.internet.cloud).answer(query, ("account", None))["data"]["project"]
    ids = {"projectId": record["id"], "environmentId": record["environments"][0]["id"]}
    railway = SimpleNamespace(details=lambda: found, ids=ids)
    assert list(map(str, RailwayProject.disks(railway))) == ["postgres-volume 4100 of 5000 MB (82%)"]


def test_nothing_with_costs_is_created_without_consent(small):
    code, events = small.golive("--only", "12", GOLIVE_COSTS="no")
    assert code == 3
    assert small.internet.cloud.projects == {}
    showed = next(iter(evidence_texts(events).values()))
    assert "About $6.40 a month" in showed and "prices of 2026-07" in showed and "costs: yes" in showed


@pytest.mark.parametrize("command", ["init!", "up!"])
def test_a_connection_lost_after_a_request_creates_nothing_twice(small, command):
    cloud = small.internet.cloud
    cloud.faults.cut = [command]
    assert small.golive("--only", "11-12,17")[0] == 3
    assert small.status("17.1") is Status.DONE
    assert len(cloud.projects) == 1
    assert len(cloud.of(cloud.service("web"))) == 1
    assert cloud.faults.cut == []


def test_a_linked_folder_uses_its_project(small):
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
    assert cloud.of(cloud.service("backend"))[0].status == "SUCCESS", "its only service is the site"


def test_with_several_workspaces_the_user_has_to_choose(small):
    small.internet.cloud.workspaces.append({"id": "w2", "name": "Team", "plan": "PRO"})
    code, events = small.golive("--only", "12")
    assert code == 1 and small.internet.cloud.projects == {}
    assert "railway.workspace" in failure(events)["error"]
    assert small.golive("--only", "12", GOLIVE_RAILWAY_WORKSPACE="Team")[0] == 0


def test_a_plan_without_backups_leaves_their_item_open(small):
    small.internet.cloud.faults.no_backups = True
    assert small.golive("--only", "12")[0] == 0
    assert "not available on your plan" in state_file.load(small.folder).evidence["pre-launch.5"].showed


def test_a_deleted_project_is_created_again(small):
    cloud = small.internet.cloud
    assert small.golive("--only", "11-12,17")[0] == 3
    cloud.projects.clear()
    assert small.golive("--only", "12")[0] == 0
    assert len(cloud.projects) == 1
    assert "railway.deployed" not in small.facts, "the deployment was deleted with the project"


@pytest.mark.parametrize("known", [True, False])
def test_a_project_is_absent_only_if_railway_said_so(known):
    """A machine that does not know the project, such as a fresh clone, can't say that it is gone."""
    railway = SimpleNamespace(details=lambda: None, is_known=known)
    seen = ProjectStatus(railway, SimpleNamespace(answers={"costs": "yes"})).project()
    assert (seen.holds, seen.absent) == (None, known)
