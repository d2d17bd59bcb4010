"""Queues and caches whose server production does not have: the item stays open and names the line."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps import t18_test_deployment as t18
from steps.shared import background_work, redis_literals
from tests.steps.deployed import Site, make_sandbox
from tests.steps.fakes import url
from tests.steps.served import Served

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef mail(order):\n    pass\n"
VIEW = "from .tasks import mail\n\n\ndef order(request):\n    mail.delay(1)\n"
CELERY = {"shop/tasks.py": TASKS, "shop/views.py": VIEW}
LOCAL = {"CELERY_BROKER_URL": "redis://:secret@localhost:6379/0"}


@pytest.mark.parametrize(
    ("files", "values", "text"),
    [
        pytest.param(
            CELERY, LOCAL, "needs Redis and a worker: shop/views.py:5 calls mail.delay(), and "
            "CELERY_BROKER_URL is redis://localhost", id="celery",
        ),
        pytest.param(CELERY, {"CELERY_BROKER_URL": "redis://redis.internal:6379/0"}, "", id="a server of its own"),
        pytest.param(CELERY, {**LOCAL, "CELERY_TASK_ALWAYS_EAGER": True}, "", id="eager"),
        pytest.param({"shop/tasks.py": TASKS}, LOCAL, "", id="no view uses it"),
        pytest.param(
            {"shop/tasks.py": TASKS, "shop/views.py": "from celery import current_app\n\n"
             "def order(request):\n    current_app.send_task('mail')\n"}, {},
            "needs a message broker and a worker: shop/views.py:4 calls current_app.send_task(), and no "
            "CELERY_BROKER_URL is set, so that Celery uses amqp://localhost", id="celery's default",
        ),
        pytest.param(
            {"shop/views.py": "import django_rq\n\ndef order(request):\n    django_rq.enqueue(print)\n"},
            {"RQ_QUEUES": {"default": {"HOST": "localhost", "PORT": 6379}}},
            "shop/views.py:4 calls django_rq.enqueue(), and RQ_QUEUES is redis://localhost", id="django-rq",
        ),
        pytest.param(
            {"shop/tasks.py": "from huey.contrib.djhuey import task\n\n@task()\ndef mail():\n    pass\n",
             "shop/views.py": "# huey\nfrom .tasks import mail\n\ndef order(request):\n    mail()\n"},
            {"HUEY": {"huey_class": "huey.RedisHuey", "connection": {"host": "redis"}}},
            "shop/views.py:5 calls mail(), and HUEY is redis://redis", id="huey",
        ),
        pytest.param(
            {"shop/tasks.py": "import dramatiq\n\n@dramatiq.actor\ndef mail():\n    pass\n",
             "shop/views.py": "from .tasks import mail\n\ndef order(request, signal):\n    signal.send(1)\n"
             "    mail.send()\n"},
            {"DRAMATIQ_BROKER": {"OPTIONS": {"url": "redis://localhost:6379"}}},
            "shop/views.py:5 calls mail.send(), and DRAMATIQ_BROKER is redis://localhost", id="dramatiq",
        ),
        pytest.param(
            {"shop/views.py": "from django_q.tasks import async_task\n\ndef order(request):\n    async_task(print)\n"},
            {"Q_CLUSTER": {"redis": {"host": "127.0.0.1"}}},
            "shop/views.py:4 calls async_task(), and Q_CLUSTER is redis://127.0.0.1", id="django-q",
        ),
        pytest.param(
            {}, {"CACHES": {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1/1"}}},
            "needs Redis: the settings keep a cache there, and CACHES['default'] is redis://127.0.0.1", id="cache",
        ),
        pytest.param(
            {}, {"CHANNEL_LAYERS": {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",
                                                "CONFIG": {"hosts": [["127.0.0.1", 6379]]}}}},
            "needs Redis: the settings send messages there, and CHANNEL_LAYERS is redis://127.0.0.1", id="channels",
        ),
        pytest.param({}, {"CACHES": {"default": {"BACKEND": "x.LocMemCache"}}}, "", id="a cache in memory"),
        pytest.param(
            {}, {"CACHES": {"default": {"BACKEND": "x.RedisCache", "LOCATION": None}}},
            "needs Redis: the settings keep a cache there, and CACHES['default'] has no address", id="no address",
        ),
    ],
)  # fmt: skip
def test_a_server_that_production_lacks_is_named_with_the_line_that_uses_it(tmp_path, files, values, text):
    found = background_work.explanation(Served(tmp_path, files, values, service_values=dict))
    assert found.endswith(text) if text else not found
    assert "secret" not in found


@pytest.mark.parametrize(
    ("failing", "status", "showed"),
    [
        ([], "open", "needs Redis and a worker: shop/views.py:5"),
        (["/order/"], "open", "needs Redis and a worker: shop/views.py:5"),
        (["/order/", "/about/"], "failed", "broken: /order/ 500, /about/ 500"),
    ],
    ids=["no request uses it", "the view that uses it fails", "another view fails too"],
)
def test_the_item_of_the_endpoints_stays_open(tmp_path, monkeypatch, failing, status, showed):
    project = Served(tmp_path, CELERY, LOCAL)
    project.urls = [url("order/", file="shop/views.py", line=5), url("about/", file="a.py", line=1)]
    monkeypatch.setattr(t18, "list_addresses", lambda project: ["/order/", "/about/"])
    pages = {path: 500 if path in failing else 200 for path in ("/order/", "/about/")}
    evidence = t18.TestDeployment(None)._endpoints(project, make_sandbox(), Site(pages))
    assert evidence.status.value == status and evidence.showed.startswith(showed)


@pytest.mark.parametrize(
    ("url", "remarks"),
    [('"redis://localhost:6379/0"', 1), ('os.environ.get("REDIS_URL", "redis://localhost:6379/0")', 0)],
    ids=["in the code", "from a variable"],
)
def test_task_18_says_that_requests_will_wait_for_a_redis_that_the_code_names(tmp_path, url, remarks):
    files = {"shop/celery.py": f"import os\nfrom celery import Celery\n\napp = Celery('shop', broker={url})\n"}
    project = Served(tmp_path, files, service_values=dict)
    found = list(redis_literals.remarks(project))
    assert len(found) == remarks and all("shop/celery.py:4" in each and "--only 27" in each for each in found)
    target = SimpleNamespace(actions=lambda stage: [], remarks=lambda stage: ())
    assert t18.TestDeployment(None).plan(project, SimpleNamespace(target=target), None).remarks == tuple(found)
