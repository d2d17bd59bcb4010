"""Watch the workers and schedulers of a rehearsal, and give them work whose effect can be seen.

A copy of this file is on the import path of the processes that a rehearsal starts. Events go to the file that the
variable GOLIVE_EVENTS names; without it, this module does nothing. Source: the documentation and the source of
Celery, RQ, Huey, Dramatiq, django-q2 and Django's tasks.
"""

import os
import sys

from . import background_stores
from .background_events import EVENTS, PROBE, name_of, note, probe, probe_path
from .background_schedules import hurry_celery, hurry_django_q, hurry_huey, hurry_rq_cron, hurry_rq_scheduler
from .imports import when_imported

__all__ = ("hurry_django_q",)


def start():
    """Watch this process once its library is imported."""
    if os.environ.get(EVENTS):
        when_imported("celery.signals", watch_celery)
        when_imported("huey.api", hurry_huey)
        when_imported("huey.contrib.djhuey", add_to_huey)
        when_imported("django_dramatiq.setup", lambda module: add_to_dramatiq())
        when_imported("django_q.signals", watch_django_q)
        when_imported("rq.job", watch_rq)
        when_imported("rq.cron", hurry_rq_cron)
        when_imported("rq_scheduler.scheduler", hurry_rq_scheduler)


def described(error):
    return "%s: %s" % (type(error).__name__, str(error)[:200])


# ---- Celery


def watch_celery(signals):
    def ready(sender=None, **_):
        note("ready", names=own_tasks(sender.app), queues=sorted(sender.app.amqp.queues.consume_from))

    def ran(task_id=None, task=None, state=None, **_):
        note("ran", name=task.name, id=task_id, state=state or "")

    def failed(sender=None, exception=None, **_):
        note("failed", name=sender.name, error=described(exception))

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


def routes(app):
    """The queue of each of the project's tasks. Routes can be the project's own code."""
    found = {}
    for name in own_tasks(app):
        task = app.tasks[name]
        options = {"queue": getattr(task, "queue", None), "routing_key": getattr(task, "routing_key", None)}
        try:
            queue = app.amqp.router.route(options, name, (), {}, task).get("queue")
        except Exception:  # it wants the arguments of a real call, or names a queue that does not exist
            continue
        found[name] = getattr(queue, "name", queue) or ""
    return found


def add_to_celery(sender=None, **_):
    sender.app.task(name=PROBE, ignore_result=True)(probe)


# ---- Huey


def add_to_huey(djhuey):
    from huey import signals

    djhuey.HUEY.task(name=PROBE)(probe)

    def ran(signal, task, error=None):
        note("ran", name=task.name, id=task.id, state=signal.upper())

    djhuey.HUEY.signal(signals.SIGNAL_COMPLETE, signals.SIGNAL_ERROR)(ran)


# ---- RQ, Dramatiq, django-q2 and Django's tasks


def watch_rq(module):
    real = module.Job.perform

    def perform(job, *arguments, **options):
        name = name_of(job.func_name)
        try:
            result = real(job, *arguments, **options)
        except BaseException as error:
            note("ran", name=name, id=job.id, state="FAILURE")
            note("failed", name=name, error=described(error))
            raise
        note("ran", name=name, id=job.id, state="SUCCESS")
        return result

    module.Job.perform = perform


def add_to_dramatiq():
    import dramatiq

    return dramatiq.actor(probe, actor_name=PROBE)


def path_of(function):
    """The path of a function that was handed over as itself, or as its path."""
    return function if isinstance(function, str) else "%s.%s" % (function.__module__, function.__qualname__)


def watch_django_q(signals):
    def ran(sender=None, task=None, **_):
        name, success = name_of(path_of(task.get("func"))), task.get("success")
        note("ran", name=name, id=task.get("id"), state="SUCCESS" if success else "FAILURE")
        if not success:
            note("failed", name=name, error=str(task.get("result"))[:200].partition(" : Traceback")[0])

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
    path = probe_path()
    if library == "celery":
        from celery import current_app
        from django.urls import get_resolver

        list(get_resolver().url_patterns)  # imports the views, as the site does
        note("known", names=own_tasks(current_app), queues=routes(current_app))
        current_app.send_task(PROBE, args=[token, seconds], **({"queue": queue} if queue else {}))
    elif library == "django_rq":
        import django_rq

        django_rq.get_queue(queue or "default").enqueue(path, token, seconds)
    elif library == "huey":
        from huey.contrib.djhuey import HUEY

        HUEY.enqueue(HUEY._registry.string_to_task(probe.__module__ + "." + PROBE)(args=(token, seconds)))
    elif library == "django_q":
        from django_q.tasks import async_task

        async_task(path, token, seconds)
    elif library == "dramatiq":
        actor = add_to_dramatiq()
        actor.broker.enqueue(actor.message(token, seconds).copy(queue_name=queue or actor.queue_name))
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
    for alias, cache in background_stores.redis_caches():
        tried("cache " + alias, lambda cache=cache: cache.get("golive"))
    for alias, layer in background_stores.redis_layers():
        tried("channel " + alias, lambda layer=layer: background_stores.send(layer, ""))


def tried(what, ask):
    try:
        ask()
    except Exception as error:  # whatever the client library raises is the answer
        note("answers", what=what, error=described(error))
    else:
        note("answers", what=what, error="")


def keep(token):
    """Keep *token* in each cache on Redis, in a session and in each channel layer."""
    for what, key in background_stores.keep(token):
        note("kept", what=what, key=key)


def find(token, session):
    """Say where *token* is found by another process than the one that kept it."""
    for what, same in background_stores.find(token, session):
        note("found", what=what, same=same)
