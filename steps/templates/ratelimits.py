"""Rate limits, counted exactly in the project's database for any number of workers.

Decorate a view function with `limit`. The middleware limits the views in LIMITS, by the
name of their URL, for views whose code is not in this project. A request over the limit
gets a 429 response with Retry-After, as HTML or JSON.
"""

import ipaddress
import json
import os
import re
import threading
import time
from functools import wraps

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connections
from django.http import HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django_ratelimit.core import get_usage
from django_ratelimit.exceptions import Ratelimited

# URL name (such as admin:login), or route if it has no name -> (group, rate, key)
LIMITS = {}

# The number of proxies in front of this site that add an address to X-Forwarded-For.
# 0 means that clients connect directly. If the variable is not set, one proxy counts as
# trusted if SECURE_PROXY_SSL_HEADER is set and the connection comes from a private
# network. On the platform itself its own header is used, and the variable has no effect.
TRUSTED_PROXIES = os.environ.get("TRUSTED_PROXIES", "").strip()

MESSAGE = "Too many requests. Try again later."
PAGE = "<!doctype html><title>Too many requests</title><p>" + MESSAGE
ACCOUNT = re.compile("mail|user|login|phone|mobile|identifier", re.IGNORECASE)
FORWARDED = re.compile("HTTP_.*(FORWARDED_FOR|REAL_IP|CLIENT_IP|CONNECTING_IP)$")


def parse_address(text):
    """Return the address in *text*, which may have a port, or None."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def find_address(meta):
    """Return the client's address, and whether it may be the address of a proxy.

    Headers that a client can set itself are ignored: of X-Forwarded-For, only the
    entries at the right end count, which trusted proxies add.
    """
    peer = parse_address(meta.get("REMOTE_ADDR", ""))
    if os.environ.get("PLATFORM_MARKER"):
        address = parse_address(meta.get("HTTP_CLIENT_ADDRESS", ""))
        return address or peer, address is None
    public = peer is not None and peer.is_global
    has_proxy = bool(getattr(settings, "SECURE_PROXY_SSL_HEADER", None)) and not public
    count = int(TRUSTED_PROXIES) if TRUSTED_PROXIES.isdigit() else int(has_proxy)
    if not count:
        return peer, False
    entries = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
    address = parse_address(entries[-count]) if count <= len(entries) else None
    return address or peer, address is None and not public


def client_ip(group, request):
    """Return the client's address, or the network of an IPv6 address.

    If only the address of a proxy is known, logins are counted for each account, so that
    nobody can lock out all others.
    """
    address, is_unknown = known_address(request)
    if address is None or address.version == 4:
        client = str(address or "0.0.0.0")
    else:
        client = str(ipaddress.ip_network((address, 64), strict=False))
    if is_unknown and group in {"login", "code", "mail"}:
        return [f"{client} {account}" for account in accounts(request)] or client
    return client


def client_address(request):
    """Return the client's address for other limiters, without a prefix."""
    return str(known_address(request)[0] or "0.0.0.0")


def known_address(request):
    """Find the client's address once, since ClientAddressMiddleware changes the headers."""
    if not hasattr(request, "found_client_address"):
        request.found_client_address = find_address(request.META)
    return request.found_client_address


def user_or_ip(group, request):
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user-{user.pk}"
    return client_ip(group, request)


def client_and_account(group, request):
    """Count for the client, and for each address that a mail would be sent to."""
    clients = client_ip(group, request)
    targets = [f"to {account}" for account in accounts(request)]
    return [*([clients] if isinstance(clients, str) else clients), *targets]


def accounts(request):
    """Return the user names, mail addresses and phone numbers in the request."""
    sent = request.POST
    if request.content_type == "application/json":
        try:
            sent = json.loads(request.body)
        except ValueError:
            sent = {}
    pairs = sent.items() if isinstance(sent, dict) else ()
    found = {
        str(value).strip().lower()[:254]
        for name, value in pairs
        if value and ACCOUNT.search(str(name))
    }
    # More fields than that are not from the site's own pages.
    return sorted(found) if len(found) <= 4 else ["many"]


def refused(request, group, rate, key, methods=("POST",)):
    """Count the request and return a 429 response if it is over the limit, else None."""
    if not getattr(settings, "RATELIMIT_ENABLE", True) or request.method not in methods:
        return None
    counted = key(group, request)
    seconds = 0
    for value in [counted] if isinstance(counted, str) else counted:
        usage = get_usage(
            request,
            group=group,
            key=lambda group, request, value=value: value,
            rate=rate,
            method=methods,
            increment=True,
        )
        if usage and usage["should_limit"]:
            seconds = max(seconds, usage["time_left"], 1)
    return too_many(request, seconds) if seconds else None


def too_many(request, seconds=60):
    """Return a 429 response, as HTML or JSON as the client accepts."""
    if "text/html" in request.headers.get("Accept", ""):
        answer = HttpResponse(PAGE, status=429)
    else:
        answer = JsonResponse({"detail": MESSAGE}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def limit(group, rate, key=client_ip, methods=("POST",)):
    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            answer = refused(request, group, rate, key, methods)
            return answer or view(request, *args, **kwargs)

        return limited

    return decorate


class RateLimitMiddleware:
    """Limits the views in LIMITS, which have no code in this project to decorate."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Count now: a later middleware may reject the request before it reaches its view.
        return self._answer(request, None) or self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        return self._answer(request, request.resolver_match)

    def process_exception(self, request, exception):
        return too_many(request) if isinstance(exception, Ratelimited) else None

    def _answer(self, request, match):
        methods = {name for row in LIMITS.values() for name in (*row, ("POST",))[3]}
        if request.method not in methods or hasattr(request, "limits_asked"):
            return None
        try:
            match = match or resolve(request.path_info)
        except Resolver404:
            return None
        request.limits_asked = True
        found = LIMITS.get(match.view_name) or LIMITS.get(match.route)
        return refused(request, *found) if found else None


class ClientAddressMiddleware:
    """Gives other limiters, such as DRF's throttles, the address that no client can choose.

    It must be the first middleware.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        address = client_address(request)
        request.META["REMOTE_ADDR"] = address
        request.META.pop("HTTP_FORWARDED", None)
        for name in filter(FORWARDED.match, list(request.META)):
            request.META[name] = address
        return self.get_response(request)


class CounterCache(BaseCache):
    """A cache of counters in the database.

    An UPDATE locks the row before it is read, so parallel requests cannot both pass.
    It uses its own connection, so a rollback in a view does not undo a count.
    """

    def __init__(self, table, params):
        super().__init__(params)
        self._table = table or "rate_limit_counters"
        self._local = threading.local()

    def _name(self, key, version):
        name = self.make_key(key, version=version)
        self.validate_key(name)
        return name

    def _run(self, work):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connections[DEFAULT_DB_ALIAS].copy()
        for attempt in (1, 2, 3):
            try:
                with transaction_on(connection), connection.cursor() as cursor:
                    return work(cursor)
            except DatabaseError:
                if attempt == 3:
                    raise
                self._make_table(connection)

    def _make_table(self, connection):
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {self._table} "
                    "(name varchar(250) PRIMARY KEY, value bigint NOT NULL, expires bigint NOT NULL)"
                )
        except DatabaseError:  # another worker created it at the same time
            connection.close()

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        name, now = self._name(key, version), int(time.time())
        expires = now + int(
            self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout or 0
        )

        def work(cursor):
            cursor.execute(
                f"UPDATE {self._table} SET value = %s, expires = %s WHERE name = %s AND expires <= %s",
                [value, expires, name, now],
            )
            if cursor.rowcount:
                return True
            cursor.execute(
                f"DELETE FROM {self._table} WHERE expires <= %s", [now - 3600]
            )
            cursor.execute(f"SELECT 1 FROM {self._table} WHERE name = %s", [name])
            if cursor.fetchone():
                return False
            cursor.execute(
                f"INSERT INTO {self._table} (name, value, expires) VALUES (%s, %s, %s)",
                [name, value, expires],
            )
            return True

        try:
            return self._run(work)
        except IntegrityError:
            return False

    def incr(self, key, delta=1, version=None):
        name = self._name(key, version)

        def work(cursor):
            cursor.execute(
                f"UPDATE {self._table} SET value = value + %s WHERE name = %s",
                [delta, name],
            )
            if not cursor.rowcount:
                return None
            cursor.execute(f"SELECT value FROM {self._table} WHERE name = %s", [name])
            return cursor.fetchone()[0]

        value = self._run(work)
        if value is None:
            raise ValueError(f"There is no counter {key!r}")
        return value

    def get(self, key, default=None, version=None):
        name = self._name(key, version)

        def work(cursor):
            cursor.execute(
                f"SELECT value FROM {self._table} WHERE name = %s AND expires > %s",
                [name, int(time.time())],
            )
            return cursor.fetchone()

        row = self._run(work)
        return row[0] if row else default

    def close(self, **kwargs):
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def transaction_on(connection):
    """Return a transaction on a connection that Django does not manage."""

    class Transaction:
        def __enter__(self):
            connection.ensure_connection()
            connection.set_autocommit(
                False, force_begin_transaction_with_broken_autocommit=True
            )

        def __exit__(self, kind, error, trace):
            try:
                connection.rollback() if kind else connection.commit()
            finally:
                connection.set_autocommit(True)

    return Transaction()
