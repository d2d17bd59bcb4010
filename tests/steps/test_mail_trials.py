"""A test message through the site's own backend, and a dialogue with its mail server."""

from __future__ import annotations

import asyncio

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from doubles.serving import EventLoop
from doubles.ses import Ses

from steps.shared import mail_trials
from tests.steps import real_project
from tests.steps.deployed import make_sandbox
from wizard.base.errors import NotYetError
from wizard.checklist.answers import Answers
from wizard.project import mail
from wizard.services.mail_providers import PROVIDERS

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
SES = """
    import os
    EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
    DEFAULT_FROM_EMAIL = os.environ.get("SENDER", "Club <noreply@mail-club.net>")
    ANYMAIL = {"AMAZON_SES_CLIENT_PARAMS": {"aws_access_key_id": os.getenv("KEY"),
                                            "aws_secret_access_key": os.getenv("SECRET"),
                                            "region_name": os.getenv("REGION")}}
"""
SERVER = """
    import os
    EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("SERVER_PORT", "25"))
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = "club", os.environ.get("PASSWORD", "right")
    DEFAULT_FROM_EMAIL = os.environ.get("SENDER", "noreply@mail-club.net")
"""


@pytest.fixture
def loop():
    loop = EventLoop()
    yield loop
    loop.close()


@pytest.fixture
def ses(loop):
    double = Ses()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


@pytest.fixture(scope="module")
def club(tmp_path_factory, club_python):
    with real_project.opened(tmp_path_factory.mktemp("ses"), club_python, {}, SES) as (project, _):
        yield project


def through_ses(club, ses, **values):
    """The evidence of a message through SES. *values* replace variables of production."""
    given = {"KEY": ses.key, "SECRET": ses.secret, "REGION": ses.region, "AWS_ENDPOINT_URL": ses.url, **values}
    environment = club.production_environment(**given)
    club.snapshot.settings["DEFAULT_FROM_EMAIL"] = given.get("SENDER", "Club <noreply@mail-club.net>")
    sandbox = make_sandbox(real=True, environment=lambda: environment)
    [way] = mail.ways(club)
    found = mail_trials.sent_through_backend(club, sandbox, way, PROVIDERS["amazon_ses"], Answers({}))
    assert ses.secret not in repr(found)
    return found


@pytest.mark.slow
def test_amazon_takes_a_message_of_the_sites_own_backend(club, ses):
    found = through_ses(club, ses)
    assert (found.status.value, ses.accepted) == ("done", ["noreply@mail-club.net"]), found.showed
    assert "Amazon SES accepted 0107" in found.showed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"SECRET": "another"}, "signature we calculated does not match"),
        pytest.param({"KEY": "AKIA0000"}, "token included in the request is invalid", marks=pytest.mark.nightly),
        pytest.param({"REGION": "us-east-1"}, "signature", marks=pytest.mark.nightly),
        ({"SENDER": "noreply@elsewhere.net"}, "not verified. The following identities failed the check"),
    ],
)
def test_amazon_refuses_a_wrong_key_and_an_unverified_sender(club, ses, values, says):
    found = through_ses(club, ses, **values)
    assert (found.status.value, ses.accepted) == ("failed", []), found.showed
    assert says in found.showed


@pytest.mark.slow
@pytest.mark.parametrize("values", [{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, {}])
def test_amazon_that_does_not_answer_or_has_had_enough_says_nothing(club, ses, values):
    ses.throttled = True
    values |= {"AWS_MAX_ATTEMPTS": "1"}
    assert through_ses(club, ses, **values).kind == "undecided"


class Server:
    """A mail server that wants a login, and takes mail of one domain only."""

    def __init__(self):
        self.said, self.port, self.no_mailbox = [], 0, False

    async def start(self):
        loop = asyncio.get_running_loop()
        options = {"loop": loop, "hostname": "localhost", "auth_require_tls": False, "auth_required": True,
                   "authenticator": self.log_in}  # fmt: skip
        self._server = await loop.create_server(lambda: SMTP(self, **options), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()

    def log_in(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right", handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if not address.endswith("@mail-club.net"):
            return "553 5.7.1 Sender address rejected: not owned by user club"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address.startswith("noreply@") and self.no_mailbox:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.said.append(envelope.content)
        return "250 OK"


@pytest.fixture
def server(loop):
    double = Server()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


@pytest.fixture(scope="module")
def shop(tmp_path_factory, python):
    with real_project.opened(tmp_path_factory.mktemp("smtp"), python, {}, SERVER) as (project, _):
        yield project


def at_server(shop, port, *, service="reached", to="", **values):
    """The evidence of a dialogue. *service* is what the service says about the port."""
    environment = shop.production_environment(SERVER_PORT=str(port), **values)
    shop.snapshot.settings["DEFAULT_FROM_EMAIL"] = values.get("SENDER", "noreply@mail-club.net")

    def run_in_service(command):
        if isinstance(service, Exception):
            raise service
        assert "smtp.mail-club.net 587" in command
        return service

    sandbox = make_sandbox(real=True, environment=lambda: environment, run_in_service=run_in_service)
    way = mail.MailWay("django.core.mail.backends.smtp.EmailBackend", family="smtp", host="smtp.mail-club.net",
                       port=587)  # fmt: skip
    return mail_trials.server_evidence(shop, sandbox, way, Answers({"mail.test": to} if to else {}))


def test_a_login_here_and_a_port_that_the_service_reaches_are_evidence(shop, server):
    found = at_server(shop, server.port)
    assert (found.status.value, server.said) == ("done", []), found.showed
    assert "accepted the login and the sender noreply@mail-club.net from this machine" in found.showed


def test_a_login_here_alone_is_none(shop, server):
    found = at_server(shop, server.port, service=NotYetError("Golive runs no command there", "", "Answer ssh: yes."))
    assert (found.status.value, found.kind) == ("open", "note")
    assert "accepted the login" in found.showed and "golive confirm 25.6" in found.showed


def test_a_port_that_is_closed_for_the_service_fails(shop, server):
    found = at_server(shop, server.port, service="Traceback\nTimeoutError: timed out\n")
    assert found.status.value == "failed"
    assert "the service can't reach smtp.mail-club.net:587: TimeoutError: timed out" in found.showed


@pytest.mark.parametrize(
    ("values", "says"),
    [({"PASSWORD": "wrong"}, "535"), ({"SENDER": "noreply@elsewhere.net"}, "Sender address rejected")],
)
def test_a_server_that_refuses_fails_the_item(shop, server, values, says):
    found = at_server(shop, server.port, **values)
    assert found.status.value == "failed" and says in found.showed, found.showed


def test_a_sender_without_a_mailbox_is_no_fault(shop, server):
    server.no_mailbox = True
    found = at_server(shop, server.port)
    assert (found.status.value, found.kind) == ("open", "note")
    assert "No such user here. Answer mail.test with an address of yours" in found.showed
    assert at_server(shop, server.port, to="ada@elsewhere.net").status.value == "done"


def test_a_server_that_this_machine_does_not_reach_says_nothing(shop):
    found = at_server(shop, 9)
    assert found.kind == "undecided" and "refused" in found.showed


@pytest.mark.parametrize("options", [{"real": False}, {"may_write": False}])
def test_a_rehearsal_and_a_check_speak_to_no_server(shop, options):
    way = mail.MailWay("smtp", family="smtp", host="smtp.mail-club.net", port=587)
    sandbox = make_sandbox(**{"real": True, **options})
    assert mail_trials.server_evidence(shop, sandbox, way, Answers({})).kind == "undecided"
