"""Task 7 sends one request more than each limit, and a parallel burst of logins."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from steps.shared import existing_limits
from steps.shared.added_modules import TEMPLATES
from steps.shared.limit_evasions import written_rate
from steps.shared.limit_evidence import BURST
from steps.shared.rate_limited_views import LimitedView
from steps.t07_rate_limiting import RateLimiting
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response, url
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.site.session import cookie_header

LOGIN = url("login/", "login", "shop.views.login")
SIGNUP = url("signup/", "signup", "shop.views.signup")
ORDER = url("orders/create/", "create_order", "shop.views.create_order")
ACCOUNT = {"username": "golive", "email": "golive@example.com", "cookies": {"sessionid": "1"}}
CACHE = {"CACHES": {"ratelimit": {}}}


class Limiter:
    """Answers *status* to *limit* requests of each client, then 429. With *leak* it never answers 429."""

    def __init__(self, limit, status=200, *, leak=False):
        self.limit, self.status, self.leak, self.counts = limit, status, leak, {}

    def __call__(self, method, path, *, client="", **sent):
        self.counts[client] = self.counts.get(client, 0) + 1
        refused = self.counts[client] > self.limit and not self.leak
        return response(429 if refused else self.status)


class OneCount(Limiter):
    """Counts all clients as one, as REMOTE_ADDR behind a proxy does."""

    def __call__(self, method, path, *, client="", **sent):
        return super().__call__(method, path, client="the proxy")


class BelievesHeaders(Limiter):
    """Counts the address at the left end of X-Forwarded-For, or in another *header*, if a client sends one."""

    def __init__(self, limit, header="X-Forwarded-For"):
        super().__init__(limit)
        self.header = header

    def __call__(self, method, path, *, client="", headers=None, **sent):
        claimed = (headers or {}).get(self.header, client).split(",")[0]
        return super().__call__(method, path, client=claimed)


class LocksAccounts(Limiter):
    """Locks an account after too many wrong passwords, for its owner too."""

    def __call__(self, method, path, *, client="", data=None, **sent):
        return super().__call__(method, path, client=(data or {}).get("username"))


class Keyed(Limiter):
    """Counts by what *key* returns for the client, the data and the headers of a request."""

    def __init__(self, limit, key, status=200):
        super().__init__(limit, status)
        self.key = key

    def __call__(self, method, path, *, client="", data=None, headers=None, **sent):
        return super().__call__(method, path, client=self.key(client, data or {}, headers or {}))


class ClientsAndAddresses:
    """Limits the requests of a client, and those for an e-mail address."""

    def __init__(self, of_client, of_address):
        self.clients, self.addresses = Limiter(of_client), Limiter(of_address)

    def __call__(self, method, path, *, client="", data=None, **sent):
        responses = [self.clients(method, path, client=client), self.addresses(method, path, client=data["email"])]
        return max(responses, key=lambda each: each.status_code)


class Forgets(Limiter):
    """Refuses with a Retry-After of *seconds*."""

    def __init__(self, limit, seconds):
        super().__init__(limit)
        self.seconds = seconds

    def __call__(self, method, path, **sent):
        found = super().__call__(method, path, **sent)
        if found.status_code == 429:
            found.headers["Retry-After"] = str(self.seconds)
        return found


class SignedIn(FakeSite):
    """Sends the cookies of a user, as a browser does."""

    def form(self, path, client, cookies=None):
        return cookie_header(cookies or {})


def checked(tmp_path, urls, answer=None, values=CACHE, text=""):
    sandbox, numbers = FakeSandbox(*[SignedIn(answer)] if answer else []), itertools.count(1)
    sandbox.ask = lambda operation, **given: {**ACCOUNT, "cookies": {"sessionid": f"user-{next(numbers)}"}}
    (tmp_path / "views.py").write_text(text)
    project = FakeProject(tmp_path, values=values, urls=urls)
    return by_item(RateLimiting(None).verify(project, sandbox, Answers()))


def test_items_for_missing_features_are_not_applicable(tmp_path):
    found = checked(tmp_path, [], values={})
    assert found.pop("7.1").status is Status.DONE, "nothing to limit"
    assert sorted(found) == ["7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8"]
    assert {evidence.kind for evidence in found.values()} == {"not-applicable"}


def test_rate_limit_counters_need_a_separate_cache(tmp_path):
    evidence = checked(tmp_path, [SIGNUP], Limiter(3), values={})["7.1"]
    assert (evidence.status, evidence.showed) == (Status.FAILED, 'there is no cache "ratelimit"')
    assert checked(tmp_path, [SIGNUP], Limiter(3))["7.1"].status is Status.DONE


def test_the_sixth_login_and_a_burst_are_refused(tmp_path):
    evidence = checked(tmp_path, [LOGIN], Limiter(5))
    assert [evidence[item].status for item in ("7.2", "7.4", "7.7", "7.8")] == [Status.DONE] * 4
    assert evidence["7.2"].showed == (
        "POST /login/: 200 × 5, 429 × 1; another client with the right password: 200; "
        "429 × 5 with forged client addresses"
    )
    assert evidence["7.8"].showed == f"200 × 5, 429 × {BURST - 5}"


def test_a_limit_that_does_not_hold_fails(tmp_path):
    evidence = checked(tmp_path, [LOGIN], Limiter(5, leak=True))
    assert [evidence[item].status for item in ("7.2", "7.4", "7.8")] == [Status.FAILED] * 3
    assert evidence["7.7"].status is Status.DONE, "the login itself answers"


def test_a_looser_limit_fails(tmp_path):
    assert checked(tmp_path, [LOGIN], Limiter(6))["7.2"].status is Status.FAILED


@pytest.mark.parametrize(
    ("status", "expected", "showed"),
    [
        (404, Status.FAILED, "POST /login/: 404 × 5, 429 × 1"),
        (405, Status.FAILED, "POST /login/: 405 × 5, 429 × 1"),
    ],
)
def test_a_login_that_does_not_work_is_not_done(tmp_path, status, expected, showed):
    evidence = checked(tmp_path, [LOGIN], Limiter(5, status))
    assert (evidence["7.7"].status, evidence["7.7"].showed) == (expected, showed)
    assert evidence["7.2"].status is Status.DONE, "the limit counts all the same"


@pytest.mark.parametrize(
    ("view", "items"), [(LOGIN, ("7.2", "7.7", "7.8")), (SIGNUP, ("7.3",)), (ORDER, ("7.5", "7.6"))]
)
def test_a_view_that_raises_is_no_evidence(tmp_path, view, items):
    allowed = {"7.2": 5, "7.3": 3, "7.5": 10}[items[0]]
    evidence = checked(tmp_path, [view], Limiter(allowed, 500))
    for item in items:
        assert evidence[item].status is Status.OPEN
        assert evidence[item].showed.endswith("500: KeyError") and "429 × 1" in evidence[item].showed
    assert checked(tmp_path, [view], Limiter(99, 500))[items[0]].status is Status.FAILED, "there is no limit at all"


class OneRaises:
    """Limits each path by a count of its own. The login by a code raises."""

    def __init__(self):
        self.limiters = {"/login/": Limiter(5), "/login/code/confirm/": Limiter(5, 500)}

    def __call__(self, method, path, **sent):
        return self.limiters[path](method, path, **sent)


@pytest.mark.parametrize(
    ("error", "file", "urls", "status"),
    [
        pytest.param(": NoReverseMatch: 'request_code'", None, 2, Status.DONE, id="of a part that is not routed"),
        pytest.param(": NoReverseMatch: 'request_code'", None, 1, Status.OPEN, id="the only login"),
        pytest.param(": NoReverseMatch: 'request_code'", "shop/views.py", 2, Status.OPEN, id="of the project"),
        pytest.param(": SocialApp.DoesNotExist", None, 2, Status.OPEN, id="another error"),
    ],
)
def test_a_packages_view_that_needs_a_part_that_is_not_routed_is_left_out(
    tmp_path, monkeypatch, error, file, urls, status
):
    monkeypatch.setattr(FakeSandbox, "last_gunicorn_error", lambda self: error)
    code = url("login/code/confirm/", "confirm", "allauth.account.views.ConfirmLoginCodeView", file=file)
    assert checked(tmp_path, [code, LOGIN][:urls], OneRaises())["7.2"].status is status


@pytest.mark.parametrize(("limit", "status"), [(3, Status.DONE), (4, Status.FAILED)])
def test_the_fourth_sign_up_is_refused(tmp_path, limit, status):
    evidence = checked(tmp_path, [SIGNUP], Limiter(limit))["7.3"]
    assert (evidence.status, evidence.ran) == (status, "4 sign-ups by one client")


@pytest.mark.parametrize(("limit", "status"), [(10, Status.DONE), (11, Status.FAILED)])
def test_the_eleventh_order_of_a_user_is_refused(tmp_path, limit, status):
    evidence = checked(tmp_path, [ORDER], Limiter(limit))
    assert (evidence["7.5"].status, evidence["7.6"].status) == (status, status)
    assert evidence["7.5"].ran == "11 orders by one user"


def test_a_window_that_rolls_over_is_retried_as_a_new_client(tmp_path):
    clients = []

    def rolls_over_once(method, path, *, client="", **sent):
        if client not in clients:
            clients.append(client)
            limiters.append(Limiter(9 if len(clients) == 1 else 3))
        return limiters[clients.index(client)](method, path, client=client)

    limiters = []
    evidence = checked(tmp_path, [SIGNUP], rolls_over_once)["7.3"]
    assert (evidence.status, len(clients)) == (Status.DONE, 3), "the third is another client, which gets through"


@pytest.mark.parametrize(
    ("limiter", "says"),
    [
        (OneCount(5), "another client with the right password: 429"),
        (LocksAccounts(5), "another client with the right password: 429"),
        (BelievesHeaders(5), "a client that sends X-Forwarded-For is counted as another client"),
        (BelievesHeaders(5, "True-Client-IP"), "a client that sends True-Client-IP is counted as another client"),
    ],
    ids=["one count for all", "the account is locked", "the left end", "another header"],
)
def test_a_limit_that_a_client_can_evade_or_that_locks_others_out_fails(tmp_path, limiter, says):
    evidence = checked(tmp_path, [LOGIN], limiter)
    assert evidence["7.2"].status is Status.FAILED
    assert says in evidence["7.2"].showed


@pytest.mark.parametrize("changed", [0, 5], ids=["addresses are forged", "other things change"])
def test_a_window_that_ends_while_a_limit_is_evaded_is_no_failure(tmp_path, changed):
    """The first client is counted anew, so that its next requests pass and the others are refused again."""

    def answer(method, path, *, client="", **sent):
        seen[client] = seen.get(client, 0) + 1
        before = 6 + changed if client == next(iter(seen)) else 0
        count = seen[client] - before if seen[client] > before else seen[client]
        return response(429 if count > 5 else 200)

    seen = {}
    evidence = checked(tmp_path, [LOGIN], answer)["7.2"]
    assert evidence.status is Status.DONE, evidence.showed


def test_an_order_by_a_link_is_checked_by_the_link(tmp_path):
    methods = []

    def answer(method, path, **sent):
        methods.append(method)
        return limiter(method, path, **sent)

    limiter = Limiter(10)
    evidence = checked(tmp_path, [url("checkout/", "checkout", "shop.views.checkout", by_get=True)], answer)["7.5"]
    assert (evidence.status, set(methods)) == (Status.DONE, {"GET"})
    assert evidence.showed == "GET /checkout/: 200 × 10, 429 × 1; another user: 200"


def test_mails_are_limited_for_each_address_too(tmp_path):
    reset = url("reset/", "password_reset", "shop.views.password_reset")
    evidence = checked(tmp_path, [reset], Limiter(3))["7.4"]
    assert evidence.status is Status.FAILED, "a client for each request evades it"
    assert "for one address by 4 clients: 200 × 4" in evidence.showed

    evidence = checked(tmp_path, [reset], ClientsAndAddresses(3, 3))["7.4"]
    assert evidence.status is Status.DONE, evidence.showed


def test_the_limit_of_mails_to_one_address_does_not_hide_that_of_sign_ups(tmp_path):
    """A site that mails each address once accepts three sign-ups of a client, since each has an address of its own."""
    evidence = checked(tmp_path, [SIGNUP], ClientsAndAddresses(3, 1))["7.3"]
    assert evidence.status is Status.DONE, evidence.showed


def test_each_sign_up_is_for_a_name_of_its_own(tmp_path):
    """A view that does not look for the name raises IntegrityError when it is taken."""
    taken, limiter = set[str](), Limiter(3)

    def sign_up(method, path, *, client="", data=None, **sent):
        answer, is_taken = limiter(method, path, client=client), data["username"] in taken
        taken.add(data["username"])
        return response(500) if is_taken and answer.status_code != 429 else answer

    evidence = checked(tmp_path, [SIGNUP], sign_up)["7.3"]
    assert evidence.status is Status.DONE, evidence.showed


def test_a_window_of_an_address_that_ends_is_no_failure(tmp_path):
    """The first address that others ask for is counted anew after its third mail."""

    def answer(method, path, *, client="", data=None, **sent):
        if addresses.counts.get(data["email"]) == 3 and client not in data["email"]:
            ended.append(data["email"])
            if len(ended) == 1:
                addresses.counts.clear()
        return both(method, path, client=client, data=data)

    both, ended = ClientsAndAddresses(3, 3), []
    addresses = both.addresses
    reset = url("reset/", "password_reset", "shop.views.password_reset")
    evidence = checked(tmp_path, [reset], answer)["7.4"]
    assert evidence.status is Status.DONE, evidence.showed
    assert len(ended) == 2


def test_a_site_without_a_page_at_its_host_name_waits(tmp_path):
    sandbox = FakeSandbox(FakeSite(lambda method, path, **sent: response(404)))
    sandbox.ask, sandbox.scratch = lambda operation, **given: ACCOUNT, SimpleNamespace(host_models="shops.Domain")
    project = FakeProject(tmp_path, values=CACHE, urls=[LOGIN])
    evidence = by_item(RateLimiting(None).verify(project, sandbox, Answers()))
    assert {evidence[item].status for item in ("7.2", "7.4", "7.7", "7.8")} == {Status.OPEN}
    assert "no page at the host name shop.example, also after Golive added it to shops.Domain" in evidence["7.2"].showed


def test_a_login_that_answers_404_beside_other_pages_fails(tmp_path):
    def answer(method, path, **sent):
        return response(404 if path == "/login/" and method == "POST" else 200)

    assert checked(tmp_path, [LOGIN], answer)["7.2"].status is Status.FAILED


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (lambda client, data, headers: data.get("username"), "another account"),
        (lambda client, data, headers: (client, data.get("username")), "another account"),
        (lambda client, data, headers: (client, headers.get("User-Agent")), "another User-Agent"),
        (lambda client, data, headers: (client, headers.get("Cookie")), "another Cookie"),
        (lambda client, data, headers: headers.get("X-Device-Id", client), "another X-Device-Id"),
    ],
    ids=["account", "client and account", "browser", "session", "a header that the code reads"],
)
def test_a_client_stays_refused_whatever_else_it_changes(tmp_path, key, says):
    text = "def key(request):\n    return request.headers.get('X-Device-Id')\n"
    evidence = checked(tmp_path, [LOGIN], Keyed(5, key), text=text)["7.2"]
    assert evidence.status is Status.FAILED
    assert says in evidence.showed
    assert evidence.expected == "429 after 5, for this client only"


def test_the_project_is_searched_once_for_the_headers_that_it_reads(tmp_path, monkeypatch):
    searches = []
    monkeypatch.setattr(existing_limits, "python_files", lambda project: searches.append(project) or [])
    logins = [LOGIN, url("staff/login/", "staff_login", "shop.views.staff_login")]
    checked(tmp_path, logins, Keyed(5, lambda client, data, headers: (client, headers.get("Cookie"))))
    assert len(searches) == 1


def by_user(client, data, headers):
    return headers.get("Cookie")


@pytest.mark.parametrize(
    ("key", "status", "says"),
    [
        (by_user, Status.DONE, "the same user at another address: 429; another user at the same address: 200"),
        (lambda client, data, headers: client, Status.FAILED, "another user at the same address: 429"),
        (
            lambda client, data, headers: (client, by_user(client, data, headers)),
            Status.FAILED,
            "address: 200; another",
        ),
    ],
    ids=["user", "address", "user and address"],
)
def test_orders_behind_a_login_are_counted_for_each_user(tmp_path, key, status, says):
    view = url("orders/create/", "create_order", "shop.views.create_order", protected=True)
    evidence = checked(tmp_path, [view], Keyed(10, key))["7.5"]
    assert (evidence.status, says in evidence.showed) == (status, True), evidence.showed


@pytest.mark.parametrize(("seconds", "status"), [(1, Status.FAILED), (3, Status.FAILED), (17, Status.DONE)])
def test_a_limit_lasts_for_its_period(tmp_path, seconds, status):
    evidence = checked(tmp_path, [LOGIN], Forgets(5, seconds))["7.2"]
    assert evidence.status is status
    says = f"a refused client may try again after {seconds} s, expected up to 60 s"
    assert (says in evidence.showed) is (status is Status.FAILED)


@pytest.mark.parametrize(
    ("values", "showed"),
    [
        ({"CACHES": {"ratelimit": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, "is LocMemCache"),
        ({"CACHES": {"ratelimit": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}, "keeps nothing"),
        ({**CACHE, "RATELIMIT_USE_CACHE": "default"}, 'names "default", which is not in CACHES'),
    ],
)
def test_the_counters_are_in_a_cache_that_all_workers_share(tmp_path, values, showed):
    evidence = checked(tmp_path, [SIGNUP], Limiter(3), values=values)["7.1"]
    assert evidence.status is Status.FAILED
    assert showed in evidence.showed


def test_limits_that_are_switched_off_name_the_setting(tmp_path):
    evidence = checked(tmp_path, [LOGIN], Limiter(5, leak=True), values={**CACHE, "RATELIMIT_ENABLE": False})["7.2"]
    assert evidence.showed.endswith("RATELIMIT_ENABLE is False")


MODULE = (TEMPLATES / "ratelimits.py").read_text()
DECORATED = '@limit("login", "{}")\n@api_view(["POST"])\ndef login(request):\n    pass\n'


@pytest.mark.parametrize(
    ("module", "views", "rate"),
    [
        ("", DECORATED.format("5/m"), "5/m"),
        ("", DECORATED.format("5/10s"), "5/10s"),
        ('LIMITS["login"] = ("login", "5/s", client_ip)\n', "", "5/s"),
        ('LIMITS["logins"] = ("login", "5/s", client_ip)\n', "def login(request):\n    pass\n", ""),
    ],
)
def test_the_rate_in_the_code_is_read(tmp_path, module, views, rate):
    (tmp_path / "ratelimits.py").write_text(MODULE + module)
    (tmp_path / "views.py").write_text(views)
    found = written_rate(FakeProject(tmp_path), LimitedView(url("login/", "login", "views.login", file="views.py")))
    assert found == rate


def test_a_rate_with_a_shorter_period_fails(tmp_path):
    (tmp_path / "ratelimits.py").write_text(MODULE + 'LIMITS["login"] = ("login", "5/10s", client_ip)\n')
    evidence = checked(tmp_path, [LOGIN], Limiter(5))["7.2"]
    assert evidence.status is Status.FAILED
    assert evidence.showed.endswith("the rate in the code is 5/10s, expected a period of 60 s")
    assert evidence.where == "ratelimits.py"


def test_orders_are_not_judged_if_the_limit_of_logins_refuses_every_user(tmp_path):
    login = url("login/", "login", "shop.views.login", drf=True)
    order = url("orders/create/", "create_order", "shop.views.create_order", drf=True, protected=True)

    def answer(method, path, **sent):
        return response(401) if path == "/orders/create/" else logins(method, path)

    logins = Limiter(5)
    evidence = checked(tmp_path, [login, order], answer)
    assert evidence["7.2"].status is Status.FAILED
    assert not {"7.5", "7.6"} & evidence.keys()


@pytest.mark.parametrize(
    ("body", "user"),
    [
        ("{", {"Cookie": "sessionid=user-"}),
        ('["token"]', {"Cookie": "sessionid=user-"}),
        ('{"token": null, "access": "a"}', {"Authorization": "Bearer a"}),
        ('{"key": "a"}', {"Authorization": "Token a"}),
    ],
)
def test_orders_are_sent_with_the_token_of_the_login_or_else_with_a_session(tmp_path, body, user):
    login = url("login/", "login", "shop.views.login", drf=True)
    order = url("orders/create/", "create_order", "shop.views.create_order", drf=True, protected=True)
    sent = []

    def answer(method, path, *, headers=None, **given):
        if path == "/login/":
            return response(200, body, content_type="application/json")
        sent.append({name: value.rstrip("0123456789") for name, value in headers.items() if name in user})
        return response(200)

    checked(tmp_path, [login, order], answer)
    assert sent and all(each == user for each in sent)
