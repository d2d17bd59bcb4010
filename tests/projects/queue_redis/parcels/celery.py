import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parcels.settings")

app = Celery("parcels")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "count-parcels": {"task": "depot.tasks.count_parcels", "schedule": crontab(hour=3, minute=30)},
}
