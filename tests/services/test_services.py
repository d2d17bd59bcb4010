"""The clients of Sentry, UptimeRobot, Razorpay and Cloudinary, against stubs that follow the published API schemas."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from doubles.cloudinary import Cloudinary as CloudinaryDouble
from doubles.edge import Edge
from doubles.mailbox import Mailbox
from doubles.railway import graphql
from doubles.razorpay import Razorpay as RazorpayDouble
from doubles.sentry import Sentry as SentryDouble
from doubles.serving import EventLoop
from doubles.uptimerobot import UptimeRobot as RobotDouble

from wizard.base import process
from wizard.base.errors import ServiceError, StepError
from wizard.services.cloudinary import Cloudinary
from wizard.services.http import Client
from wizard.services.razorpay import Razorpay
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.targets.railway.documents import DOCUMENTS


@pytest.fixture
def loop():
    event_loop = EventLoop()
    yield event_loop
    event_loop.close()


@pytest.fixture
def waited(monkeypatch):
    found = []
    monkeypatch.setattr(process, "pause", found.append)
    return found


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_graphql_document_is_valid_for_railways_schema(name):
    assert graphql.wrong(DOCUMENTS[name]) == []


def test_a_field_that_is_not_in_railways_schema_is_found():
    assert graphql.wrong("query Who { apiToken { workspaces { id colour } } }")


# ---- Sentry


@pytest.fixture
def sentry(loop):
    double = SentryDouble()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


def of_sentry(double, project="shop", token=""):
    headers = {"Authorization": f"Bearer {token or double.token}"}
    return Sentry(
        Client("Sentry", f"{double.url}/api/0/", headers, access_hint="Scopes: org:read.", direct=True), "", project
    )


def test_a_project_is_created_once_and_has_a_dsn(sentry):
    client = of_sentry(sentry).at_organisation()
    assert (client.organisation, client.project_exists(), client.dsn()) == ("shop-inc", False, "")
    client.create_project()
    client.create_project()
    assert client.project_exists()
    assert client.dsn() == sentry.dsn(sentry.projects["shop"]), "the DSN of the active key, not of the first one"
    assert list(sentry.projects) == ["shop"]
    assert sentry.problems == []


def test_a_project_name_that_is_taken_is_an_error_with_the_answer_to_change(sentry):
    sentry.taken.add("shop")
    with pytest.raises(ServiceError, match=r"project name shop is taken.*sentry\.project"):
        of_sentry(sentry).at_organisation().create_project()


def test_the_team_is_found_on_a_later_page(sentry):
    sentry.teams += [{"id": "2", "slug": "backend"}, {"id": "3", "slug": "web"}]
    client = of_sentry(sentry).at_organisation()
    client.create_project("web")
    assert client.project_exists()
    with pytest.raises(StepError, match="no team nobody: its teams are backend, shop-inc, web"):
        replace(client, project="other").create_project("nobody")


def test_an_invalid_token_and_one_without_a_scope_are_different_errors(sentry):
    with pytest.raises(ServiceError, match="doesn't accept the token"):
        of_sentry(sentry, token="wrong").check_token()
    sentry.scopes = ["org:read", "project:read"]
    with pytest.raises(ServiceError, match="lacks event:read: it has org:read, project:read"):
        of_sentry(sentry).check_token()
    sentry.scopes = ["org:admin", "project:write", "event:admin"]
    assert "event:admin" in of_sentry(sentry).check_token(), "admin includes read"


def test_an_unknown_organisation_is_an_error_that_lists_the_known_ones(sentry):
    with pytest.raises(StepError, match="no organisation other: the token has access to shop-inc"):
        of_sentry(sentry).at_organisation("other")


@pytest.mark.parametrize(
    ("region", "trusted"),
    [("https://de.sentry.io", True), ("http://de.sentry.io", False), ("https://evil.example.com", False)],
)
def test_the_token_goes_to_sentrys_own_regions_and_nowhere_else(region, trusted):
    def answer(request):
        links = {"regionUrl": region, "organizationUrl": "https://shop.sentry.io"}
        return httpx.Response(200, json=[{"slug": "shop", "links": links}])

    client = Client("Sentry", "https://sentry.io/api/0/")
    client._http = httpx.Client(transport=httpx.MockTransport(answer))
    base = Sentry(client, "", "web").at_organisation().client.base_url
    assert base == (f"{region}/api/0/" if trusted else "https://sentry.io/api/0/")


def test_only_a_new_event_is_waited_for(sentry, waited):
    client = of_sentry(sentry).at_organisation()
    client.create_project()
    sentry.events["a" * 32] = {"message": "broken"}
    before = client.event_ids()
    assert client.wait_for_event(lambda event: "broken" in event["title"], before) is None
    sentry.events["b" * 32] = {"message": "broken"}
    found = client.wait_for_event(lambda event: "broken" in event["title"], before)
    assert found["eventID"] == "b" * 32
    assert client.link(found) == f"https://shop-inc.sentry.io/issues/77/events/{'b' * 32}/"


# ---- UptimeRobot


@pytest.fixture
def robot(loop):
    edge, mailbox = Edge("shop.up.railway.app"), Mailbox()
    loop.run(edge.start())
    loop.run(mailbox.start())
    double = RobotDouble("shop.up.railway.app", edge.https_port, edge.client_context(), mailbox)
    loop.run(double.start())
    yield double
    for part in (double, mailbox, edge):
        loop.run(part.stop())


def of_robot(double, key=""):
    headers = {"Authorization": f"Bearer {key or double.key}"}
    client = Client("UptimeRobot", double.base_url + "/", headers, access_hint="The main API key.", direct=True)
    return UptimeRobot(client, poll_intervals=(0.05,), timeout=10)


URL = "https://shop.up.railway.app/health/"


def test_a_monitor_is_found_again_and_alerts_by_mail(robot):
    client = of_robot(robot)
    monitor = client.find_or_create_monitor(URL)
    assert client.find_or_create_monitor(URL)["id"] == monitor["id"]
    assert [method for method, path in robot.requests if path == "/v3/monitors"].count("POST") == 1
    assert monitor["httpMethodType"] == "GET" and monitor["successHttpResponseCodes"] == ["2xx"]
    assert client.wait_for_status(monitor, "DOWN"), "nothing answers behind the edge"
    assert client.wait_for(lambda: bool(client.alerts(monitor)))
    assert client.alerts(monitor)[0]["status"] == "SUCCESS"
    client.delete(monitor)
    client.delete(monitor)
    assert client.find_monitor(URL) is None
    assert robot.problems == []


def test_the_stub_refuses_a_request_that_does_not_follow_the_schema(robot):
    with pytest.raises(ServiceError, match="400"):
        of_robot(robot).client.json("POST", "monitors", json={"friendlyName": "x", "url": URL})
    assert len(robot.problems) == 1


def test_a_plan_without_monitors_left_is_an_error(robot):
    robot.limit = robot.used
    with pytest.raises(StepError, match="no monitor left: 3 of 3 are used"):
        of_robot(robot).find_or_create_monitor(URL)
    assert ("POST", "/v3/monitors") not in robot.requests


def test_a_contact_that_was_never_confirmed_is_not_used(robot):
    robot.active = False
    assert of_robot(robot).contacts() == []


def test_the_rate_limit_is_waited_for(robot, waited):
    robot.limited, robot.retry_after = 1, "42"
    assert of_robot(robot).account()["email"] == "owner@example.com"
    assert waited == [42]


def test_the_error_for_a_wrong_key_says_which_key_is_needed(robot):
    with pytest.raises(ServiceError, match=r"401.*The main API key"):
        of_robot(robot, "wrong").account()


def test_numeric_statuses_become_names(robot):
    monitor = of_robot(robot).find_or_create_monitor(URL)
    robot.tasks[monitor["id"]].cancel()
    robot.monitors[monitor["id"]]["status"] = 2
    assert of_robot(robot).read(monitor)["status"] == "UP"


# ---- Razorpay


@pytest.fixture
def payments(loop):
    double = RazorpayDouble()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


def of_razorpay(double, key="", secret=""):
    key, secret = key or double.key_id, secret or double.key_secret
    client = Client("Razorpay", f"{double.url}/v1/", auth=(key, secret), access_hint="Keys: dashboard.", direct=True)
    return Razorpay(client, key, secret)


def test_valid_keys_are_checked_without_creating_anything(payments):
    assert of_razorpay(payments).validate() == "test"
    assert payments.orders == {}


def test_wrong_keys_are_rejected(payments):
    with pytest.raises(ServiceError, match="rejected the keys"):
        of_razorpay(payments, secret="not-the-secret").validate()


@pytest.mark.parametrize(
    ("key", "secret", "message"),
    [
        ("sk_live_123", "x" * 20, "not a Razorpay key id"),
        ("rzp_test_abcdefghij1234", "rzp_test_abcdefghij1234", "not a Razorpay secret"),
    ],
)
def test_a_value_that_cannot_be_a_key_is_not_sent(payments, key, secret, message):
    with pytest.raises(StepError, match=message):
        of_razorpay(payments, key, secret).validate()


def test_a_payment_is_signed_for_an_order_that_exists(payments):
    client = of_razorpay(payments)
    order = client.client.json("POST", "orders", json={"amount": 500, "currency": "INR"})
    paid = client.sign_payment(order["id"])
    assert paid["razorpay_order_id"] == order["id"] and len(paid["razorpay_signature"]) == 64
    with pytest.raises(ServiceError):
        client.sign_payment("order_nobody_made")


def test_no_payment_is_signed_with_live_keys(payments):
    with pytest.raises(StepError, match="tests payments with test keys only"):
        of_razorpay(payments, "rzp_live_abcdefghij1234").sign_payment("order_1")


# ---- Cloudinary


@pytest.fixture
def media(loop):
    edge = Edge("localhost")
    loop.run(edge.start())
    double = CloudinaryDouble(edge.server_context())
    double.trust = edge.client_context()
    loop.run(double.start())
    yield double
    for part in (double, edge):
        loop.run(part.stop())


def of_cloudinary(double, secret=""):
    secret = secret or double.api_secret
    client = Client("Cloudinary", double.url, auth=(double.api_key, secret), access_hint="Three values.", direct=True,
                    verify=double.trust)  # fmt: skip
    return Cloudinary(client, double.cloud, double.api_key, secret)


def test_an_image_is_uploaded_delivered_and_deleted(media):
    client = of_cloudinary(media)
    client.validate()
    url = client.upload(b"\x89PNG picture", "golive-1")
    assert client.fetch_delivered(url).content == b"\x89PNG picture"
    assert [each["public_id"] for each in client.images()] == ["golive-1"]
    assert client.delete("golive-1") and not client.delete("golive-1")
    assert client.images() == []


def test_wrong_credentials_are_reported_with_the_values_to_check(media):
    with pytest.raises(ServiceError, match=r"401.*Three values"):
        of_cloudinary(media, "not-the-secret").validate()
