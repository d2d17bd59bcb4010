"""Make each entry of a schedule due at once, in the process that runs the schedule.

An empty schedule gets an entry of Golive's own. Source: the source of Celery, django-celery-beat, Huey, RQ,
rq-scheduler and django-q2.
"""

from .background_events import PROBE, name_of, note, probe_path

LONG_AGO = 400
"""So many days before now, every entry of a schedule is due."""


# ---- Celery


def hurry_celery(sender=None, **_):
    """Let each entry of the schedule be due once, now."""
    from datetime import timedelta

    scheduler = sender.scheduler
    if hasattr(scheduler, "_get_crontab_exclude_query"):  # django-celery-beat leaves out entries of other hours
        from django.db.models import Q

        scheduler._get_crontab_exclude_query = lambda: Q(pk__in=[])
        scheduler._initial_read = True
    if not [name for name in scheduler.schedule if name != "celery.backend_cleanup"]:
        entry = {"task": PROBE, "schedule": timedelta(seconds=30), "args": ["schedule"]}
        scheduler.update_from_dict({PROBE: entry})
    for entry in scheduler.schedule.values():
        if entry.last_run_at is not None:
            entry.last_run_at = entry.last_run_at - timedelta(days=LONG_AGO)
        if hasattr(entry, "model"):  # a row, which is read again if another one changes
            type(entry.model).objects.filter(pk=entry.model.pk).update(last_run_at=entry.last_run_at)
        note("scheduled", name=entry.task)


# ---- Huey


def hurry_huey(api):
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


# ---- RQ


def hurry_rq_cron(module):
    """RQ's own scheduler, which django-rq starts with `rqcron`."""
    from datetime import datetime, timedelta, timezone

    real = module.CronScheduler.start

    def start(scheduler, *arguments, **options):
        for job in scheduler.get_jobs():
            job.next_enqueue_time = datetime.now(timezone.utc) - timedelta(seconds=1)
            note("scheduled", name=job.func_name)
        return real(scheduler, *arguments, **options)

    module.CronScheduler.start = start


def hurry_rq_scheduler(module):
    """The package rq-scheduler, whose entries are in Redis."""
    from datetime import datetime

    real, hurried = module.Scheduler.get_jobs_to_queue, []

    def get_jobs_to_queue(scheduler, *arguments, **options):
        if hurried:
            return real(scheduler, *arguments, **options)
        hurried.append(scheduler)
        if not list(scheduler.get_jobs()):
            scheduler.schedule(datetime.utcnow(), probe_path(), args=["schedule"])
        found = list(scheduler.get_jobs())
        for job in found:
            note("scheduled", name=name_of(job.func_name))
        return found

    module.Scheduler.get_jobs_to_queue = get_jobs_to_queue


# ---- django-q2


def hurry_django_q():
    """The rows of the schedule. In a process of the site, before the cluster starts."""
    from datetime import timedelta

    from django.utils import timezone
    from django_q.models import Schedule

    rows = Schedule.objects.exclude(repeats=0)
    if not rows.exists():
        Schedule.objects.create(func=probe_path(), args="('schedule',)", schedule_type=Schedule.ONCE)
    rows.update(next_run=timezone.now() - timedelta(seconds=1))
    for row in rows.all():
        note("scheduled", name=name_of(row.func))
