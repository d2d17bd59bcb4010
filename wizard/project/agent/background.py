"""Watch the workers and schedulers of a rehearsal, and give them work whose effect can be seen.

A copy of this file is on the import path of the processes that a rehearsal starts. Events go to the file that the
variable GOLIVE_EVENTS names; without it, this module does nothing. Source: the documentation and the source of
Celery, RQ, Huey, Dramatiq, django-q2 and Django's tasks.
"""

import json
import os
import sys
import time

from .imports import when_imported

EVENTS = "GOLIVE_EVENTS"
PROBE = "golive.probe"
LONG_AGO = 400
"""So many days before now, every entry of a schedule is due."""


def note(event, **more):
    """Add an event to the file, in one write. Several processes add events to it."""
    line = json.dumps(dict(more, event=event, pid=os.getpid())) + "\n"
    descriptor = os.open(os.environ[EVENTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, line.encode("utf-8"))
    finally:
        os.close(descriptor)


def probe(token="", seconds=0.0):
    """Work that takes *seconds*. Its beginning and its end are events."""
    note("begin", token=token)
    time.sleep(seconds)  # work of this length, which a worker must not lose
    note("end", token=token)


def start():
    """Watch this process once its library is imported."""
    if os.environ.get(EVENTS):
        when_imported("celery.signals", watch_celery)
        when_imported("huey.api", watch_huey)
        when_imported("huey.contrib.djhuey", add_to_huey)
        when_imported("django_dramatiq.setup", lambda module: add_to_dramatiq())
        when_imported("django_q.signals", watch_django_q)


# ---- Celery


def watch_celery(signals):
    def ready(sender=None, **_):
        note("ready", names=own_tasks(sender.app))

    def ran(task_id=None, task=None, state=None, **_):
        note("ran", name=task.name, id=task_id, state=state or "")

    def failed(sender=None, exception=None, **_):
        note("failed", name=sender.name, error="%s: %s" % (type(exception).__name__, str(exception)[:200]))

    def unknown(name=None, **_):
        note("unknown", name=name)

    def sent(sender=None, headers=None, **_):
        note("sent", name=str(sender), id=(headers or {}).get("id"))

    connected = {
        "worker_init": add_to_celery, "worker_ready": ready, "task_postrun": ran, "task_failure": failed,
        "task_unknown": unknown, "after_task_publish": sent, "beat_init": hurry_celery,
    }  # fmt: skip
    for name, receiver in connected.items():
        getattr(signals, name).connect(receiver, weak=False)


def own_tasks(app):
    return sorted(name for name in app.tasks if not name.startswith("celery.") and name != PROBE)


def add_to_celery(sender=None, **_):
    sender.app.task(name=PROBE, ignore_result=True)(probe)


def hurry_celery(sender=None, **_):
    """Let each entry of the schedule be due once, now. An empty schedule gets an entry."""
    from datetime import timedelta

    scheduler = sender.scheduler
    if not [name for name in scheduler.schedule if name != "celery.backend_cleanup"]:
        entry = {"task": PROBE, "schedule": timedelta(seconds=30), "args": ["schedule"]}
        scheduler.update_from_dict({PROBE: entry})
    for entry in scheduler.schedule.values():
        if entry.last_run_at is not None:
            entry.last_run_at = entry.last_run_at - timedelta(days=LONG_AGO)
        note("scheduled", name=entry.task)


# ---- Huey


def watch_huey(api):
    real, hurried = api.Huey.read_periodic, []

    def read_periodic(huey, timestamp):
        if hurried:
            return real(huey, timestamp)
        hurried.append(huey)
        found = list(huey._registry.periodic_tasks)
        for task in found:
            note("scheduled", name=task.name)
        return found

    api.Huey.read_periodic = read_periodic


def add_to_huey(djhuey):
    from huey import signals

    djhuey.HUEY.task(name=PROBE)(probe)

    def ran(signal, task, error=None):
        note("ran", name=task.name, id=task.id, state=signal.upper())

    djhuey.HUEY.signal(signals.SIGNAL_COMPLETE, signals.SIGNAL_ERROR)(ran)


# ---- Dramatiq, django-q2 and Django's tasks


def add_to_dramatiq():
    import dramatiq

    return dramatiq.actor(probe, actor_name=PROBE)


def watch_django_q(signals):
    def ran(sender=None, task=None, **_):
        note(
            "ran", name=str(task.get("func")), id=task.get("id"), state="SUCCESS" if task.get("success") else "FAILURE"
        )

    if hasattr(signals, "post_execute_in_worker"):
        signals.post_execute_in_worker.connect(ran, weak=False)


def __getattr__(name):
    """The probe as a task of Django. Its worker imports it by this name."""
    if name != "django_probe":
        raise AttributeError(name)
    try:
        from django.tasks import task, task_backends
        from django.tasks.backends.base import BaseTaskBackend

        if not isinstance(task_backends["default"], BaseTaskBackend):
            raise ImportError("its backend is of the package for older versions of Django")
    except ImportError:
        from django_tasks import task

    def work(token="", seconds=0.0):
        probe(token, seconds)

    work.__qualname__ = work.__name__ = name
    globals()[name] = made = task(work)
    return made


# ---- in a management command of the service


def hand_over(library, token, seconds, queue):
    """Hand the probe to the queue of *library*, as a view does."""
    path = __name__ + ".probe"
    if library == "celery":
        from celery import current_app
        from django.urls import get_resolver

        list(get_resolver().url_patterns)  # imports the views, as the site does
        note("known", names=own_tasks(current_app))
        current_app.send_task(PROBE, args=[token, seconds], **({"queue": queue} if queue else {}))
    elif library == "django_rq":
        import django_rq

        django_rq.get_queue(queue or "default").enqueue(path, token, seconds)
    elif library == "huey":
        from huey.contrib.djhuey import HUEY

        HUEY.enqueue(HUEY._registry.string_to_task(__name__ + "." + PROBE)(args=(token, seconds)))
    elif library == "django_q":
        from django_q.tasks import async_task

        async_task(path, token, seconds)
    elif library == "dramatiq":
        add_to_dramatiq().send(token, seconds)
    else:
        sys.modules[__name__].django_probe.enqueue(token, seconds)


def answer():
    """Say which servers of Celery, and which caches and channel layers on Redis, answer in this process."""
    if "celery" in sys.modules:
        from celery import current_app

        tried("the broker", lambda: current_app.connection().ensure_connection(max_retries=0, timeout=5))
        backend = current_app.backend
        if "redis" in type(backend).__module__:
            tried("the result backend", lambda: backend.client.ping())
    for alias, cache in redis_caches():
        tried("cache " + alias, lambda cache=cache: cache.get("golive"))
    for alias, layer in redis_layers():
        tried("channel " + alias, lambda layer=layer: send(layer, ""))


def tried(what, ask):
    try:
        ask()
    except Exception as error:  # whatever the client library raises is the answer
        note("answers", what=what, error="%s: %s" % (type(error).__name__, str(error)[:200]))
    else:
        note("answers", what=what, error="")


def keep(token):
    """Keep *token* in each cache on Redis, in a session and in each channel layer."""
    for alias, cache in redis_caches():
        cache.set("golive-" + alias, token, 300)
        note("kept", what="cache " + alias)
    if sessions_on_redis():
        store = session_store()
        store["golive"] = token
        store.save()
        note("kept", what="session", key=store.session_key)
    for alias, layer in redis_layers():
        send(layer, token)
        note("kept", what="channel " + alias)


def find(token, session):
    """Say where *token* is found by another process than the one that kept it."""
    for alias, cache in redis_caches():
        note("found", what="cache " + alias, same=cache.get("golive-" + alias) == token)
    if session:
        note("found", what="session", same=session_store(session).get("golive") == token)
    for alias, layer in redis_layers():
        note("found", what="channel " + alias, same=receive(layer, token))


def redis_caches():
    from django.conf import settings
    from django.core.cache import caches

    return [(name, caches[name]) for name, table in settings.CACHES.items() if "redis" in table["BACKEND"].lower()]


def sessions_on_redis():
    from django.conf import settings

    engine = settings.SESSION_ENGINE
    alias = getattr(settings, "SESSION_CACHE_ALIAS", "default")
    cached = engine.startswith("django.contrib.sessions.backends.cache")
    return "redis" in engine or (cached and alias in dict(redis_caches()))


def session_store(key=None):
    from importlib import import_module

    from django.conf import settings

    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def redis_layers():
    from django.conf import settings

    tables = getattr(settings, "CHANNEL_LAYERS", None) or {}
    names = [name for name, table in tables.items() if "redis" in str(table.get("BACKEND")).lower()]
    if not names:
        return []
    from channels.layers import channel_layers

    return [(name, channel_layers[name]) for name in names]


def send(layer, token):
    from asgiref.sync import async_to_sync

    async_to_sync(layer.send)("golive-probe", {"type": "golive", "token": token})


def receive(layer, token):
    import asyncio

    from asgiref.sync import async_to_sync

    async def find_it():
        message = {}
        while message.get("token") != token:  # older messages come first
            message = await asyncio.wait_for(layer.receive("golive-probe"), 5)

    try:
        async_to_sync(find_it)()
    except asyncio.TimeoutError:
        return False
    return True
