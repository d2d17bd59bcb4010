"""Rate limits: counted in the project's database, exactly, whatever the number of workers.

`limit` stands directly above a view function (below @api_view). Views of libraries are limited by their name, in
LIMITS, through the middleware. Over the limit the answer is 429 with Retry-After.
"""

import ipaddress
import os
import threading
import time
from functools import wraps

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connections
from django.http import JsonResponse
from django_ratelimit.core import get_usage

# name of the URL (admin:login), or its route where it has none → (group, rate, key)
LIMITS = {}


def client_ip(group, request):
    """The client's address: what the platform's proxy says, where there is one; never what a client claims."""
    meta = request.META
    address = meta.get("REMOTE_ADDR") or "0.0.0.0"
    if os.environ.get("RAILWAY_ENVIRONMENT_ID"):
        address = meta.get("HTTP_X_REAL_IP", "").strip() or address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return meta.get("REMOTE_ADDR") or "0.0.0.0"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def user_or_ip(group, request):
    user = getattr(request, "user", None)
    return f"user-{user.pk}" if user is not None and user.is_authenticated else client_ip(group, request)


def refused(request, group, rate, key):
    """The answer for a request over the limit; None for one that may pass, which is counted."""
    if not getattr(settings, "RATELIMIT_ENABLE", True):
        return None
    usage = get_usage(request, group=group, key=key, rate=rate, method="POST", increment=True)
    if not usage or not usage["should_limit"]:
        return None
    seconds = max(1, usage["time_left"])
    return JsonResponse({"detail": "Too many requests. Try again later."}, status=429, headers={"Retry-After": str(seconds)})


def limit(group, rate, key=client_ip):
    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            return refused(request, group, rate, key) or view(request, *args, **kwargs)

        return limited

    return decorate


class RateLimitMiddleware:
    """Limits the views that have no code of ours to decorate."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        found = LIMITS.get(match.view_name) or LIMITS.get(match.route)
        return refused(request, *found) if found and request.method == "POST" else None


class CounterCache(BaseCache):
    """A cache of counters in the database. An UPDATE takes the row before it is read, so parallel requests can't both
    pass; the connection is its own, so that a view's rolled-back transaction takes no count back."""

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
            connection = self._local.connection = connections.create_connection(DEFAULT_DB_ALIAS)
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
        except DatabaseError:  # another worker made it in this very moment
            connection.close()

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        name, now = self._name(key, version), int(time.time())
        expires = now + int(self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout or 0)

        def work(cursor):
            cursor.execute(f"UPDATE {self._table} SET value = %s, expires = %s WHERE name = %s AND expires <= %s", [value, expires, name, now])
            if cursor.rowcount:
                return True
            cursor.execute(f"DELETE FROM {self._table} WHERE expires <= %s", [now - 3600])
            cursor.execute(f"SELECT 1 FROM {self._table} WHERE name = %s", [name])
            if cursor.fetchone():
                return False
            cursor.execute(f"INSERT INTO {self._table} (name, value, expires) VALUES (%s, %s, %s)", [name, value, expires])
            return True

        try:
            return self._run(work)
        except IntegrityError:
            return False

    def incr(self, key, delta=1, version=None):
        name = self._name(key, version)

        def work(cursor):
            cursor.execute(f"UPDATE {self._table} SET value = value + %s WHERE name = %s", [delta, name])
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
            cursor.execute(f"SELECT value FROM {self._table} WHERE name = %s AND expires > %s", [name, int(time.time())])
            return cursor.fetchone()

        row = self._run(work)
        return row[0] if row else default

    def close(self, **kwargs):
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def transaction_on(connection):
    """A transaction on a connection that Django's registry doesn't know."""
    class Transaction:
        def __enter__(self):
            connection.ensure_connection()
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)

        def __exit__(self, kind, error, trace):
            try:
                connection.rollback() if kind else connection.commit()
            finally:
                connection.set_autocommit(True)

    return Transaction()
