"""Whether a worker sends the site's mail: by the code of its tasks, the calls that hand mail to them, and settings."""

from __future__ import annotations

import pytest

from steps.shared.queued_mail import sent_by_worker
from tests.steps.served import Served

TASK = "from celery import shared_task\n\n\n@shared_task\ndef welcome(user):\n    user.email_user('Welcome', '')\n"


@pytest.mark.parametrize(
    ("files", "values", "where"),
    [
        pytest.param({"shop/tasks.py": TASK}, {}, "shop/tasks.py:5", id="celery"),
        pytest.param({"shop/tasks.py": TASK}, {"CELERY_TASK_ALWAYS_EAGER": True}, "", id="eager"),
        pytest.param({"shop/tests/test_tasks.py": TASK}, {}, "", id="only in tests"),
        pytest.param(
            {"shop/views.py": "from django_q.tasks import async_task\n\nasync_task('shop.mails.send_mail', 1)\n"}, {},
            "shop/views.py:3", id="django-q",
        ),
        pytest.param(
            {"shop/tasks.py": "from huey.contrib.djhuey import db_task\n\n@db_task()\ndef send():\n    send_mail()\n"},
            {}, "shop/tasks.py:4", id="huey",
        ),
        pytest.param(
            {"shop/views.py": "from django.core.mail import send_mail\n\ndef order(request):\n    send_mail()\n",
             "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef tidy():\n    pass\n"},
            {}, "", id="a queue for something else",
        ),
        pytest.param({"shop/tasks.py": "from celery import task\n@task(\nmail"}, {}, "", id="no Python"),
        pytest.param({}, {"ST_TASK_MANAGER": "huey"}, "ST_TASK_MANAGER", id="the setting of a library"),
    ],
)  # fmt: skip
def test_mail_that_a_worker_sends_is_found(tmp_path, files, values, where):
    assert sent_by_worker(Served(tmp_path, files, values)) == where
