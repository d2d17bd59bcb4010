"""Rate limits, counted exactly in the project's database for any number of workers.

Decorate a view function with `limit`. The middleware limits the views in LIMITS, by the
name of their URL, for views whose code is not in this project. A request over the limit
gets a 429 response with Retry-After, as HTML or JSON.
"""

import ipaddress
import os
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

MESSAGE = "Too many requests. Try again later."
PAGE = "<!doctype html><title>Too many requests</title><p>" + MESSAGE


def client_ip(group, request):
    """Return the client's address as the platform's proxy reports it, or REMOTE_ADDR.

    Headers that a client can set itself are ignored.
    """
    meta = request.META
    address = meta.get("REMOTE_ADDR") or "0.0.0.0"
    if os.environ.get("PLATFORM_MARKER"):
        address = meta.get("HTTP_CLIENT_ADDRESS", "").strip() or address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return meta.get("REMOTE_ADDR") or "0.0.0.0"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def client_address(request):
    """Return the client's address for django-ratelimit's own decorator, without a prefix."""
    return client_ip(None, request).partition("/")[0]


def user_or_ip(group, request):
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user-{user.pk}"
    return client_ip(group, request)


def refused(request, group, rate, key):
    """Count the request and return a 429 response if it is over the limit, else None."""
    if not getattr(settings, "RATELIMIT_ENABLE", True):
        return None
    wanted = {"group": group, "key": key, "rate": rate, "method": "POST"}
    usage = get_usage(request, increment=True, **wanted)
    if not usage or not usage["should_limit"]:
        return None
    return too_many(request, max(1, usage["time_left"]))


def too_many(request, seconds=60):
    """Return a 429 response, as HTML or JSON as the client accepts."""
    if "text/html" in request.headers.get("Accept", ""):
        answer = HttpResponse(PAGE, status=429)
    else:
        answer = JsonResponse({"detail": MESSAGE}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def limit(group, rate, key=client_ip):
    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            answer = refused(request, group, rate, key)
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
        if request.method != "POST" or getattr(request, "limits_asked", False):
            return None
        try:
            match = match or resolve(request.path_info)
        except Resolver404:
            return None
        request.limits_asked = True
        found = LIMITS.get(match.view_name) or LIMITS.get(match.route)
        return refused(request, *found) if found else None


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
