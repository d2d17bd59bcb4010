"""What a project runs on a schedule by cron: the command, the schedule, and whether a platform accepts it."""

from __future__ import annotations

import pytest

from tests.steps.served import Served
from wizard.project import cron_jobs

CRONTAB = {"INSTALLED_APPS": ["django_crontab"]}


def jobs(folder, values, files=None, below="."):
    found = cron_jobs.find(Served(folder, files, values, below=below))
    return [(each.name, each.schedule, each.command, bool(each.problem)) for each in found]


@pytest.mark.parametrize(
    ("entry", "job"),
    [
        (["0 3 * * *", "shop.cron.nightly"],
         ("cron-nightly", "0 3 * * *", "python manage.py shell -c 'from shop.cron import nightly; nightly()'", False)),
        (["@daily", "shop.cron.send", ["a"], {"days": 2}],
         ("cron-send", "0 0 * * *",
          "python manage.py shell -c 'from shop.cron import send; send('\"'\"'a'\"'\"', days=2)'", False)),
        (["0 4 * * *", "django.core.management.call_command", ["clearsessions", "--verbosity", "2"]],
         ("cron-clearsessions", "0 4 * * *", "python manage.py clearsessions --verbosity 2", False)),
        (["*/1 * * * *", "shop.cron.fetch", ">> /app/log/fetch.log"],
         ("cron-fetch", "*/1 * * * *", "python manage.py shell -c 'from shop.cron import fetch; fetch()'", True)),
    ],
)  # fmt: skip
def test_an_entry_of_django_crontab_becomes_a_command(tmp_path, entry, job):
    assert jobs(tmp_path, {**CRONTAB, "CRONJOBS": [entry]}) == [job]


def test_each_job_has_a_name_of_its_own(tmp_path):
    entries = [["0 3 * * *", f"{module}.cron.Send_All"] for module in ("shop", "blog")]
    found = jobs(tmp_path, {**CRONTAB, "CRONJOBS": entries})
    assert [name for name, *_ in found] == ["cron-send-all", "cron-send-all-2"]


def test_entries_are_ignored_without_the_app_that_reads_them(tmp_path):
    assert jobs(tmp_path, {"CRONJOBS": [["0 3 * * *", "shop.cron.nightly"]], "CRON_CLASSES": ["shop.cron.A"]}) == []


def test_django_cron_and_app_json(tmp_path):
    values = {"INSTALLED_APPS": ["django_cron"], "CRON_CLASSES": ["shop.cron.Nightly"]}
    files = {"app.json": '{"cron": [{"command": "python manage.py send_digest", "schedule": "30 6 * * 1"}, 7]}'}
    assert jobs(tmp_path, values, files) == [
        ("cron-runcrons", "*/5 * * * *", "python manage.py runcrons", False),
        ("cron-send-digest", "30 6 * * 1", "python manage.py send_digest", False),
    ]


CLEAR = ("cron-clearsessions", "30 3 * * *", "python manage.py clearsessions", False)
DIGEST = ("cron-send-digest", "0 6 * * mon-fri", "python manage.py send_digest --limit 5", False)
OWN = {"news/management/commands/send_digest.py": ""}


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("deploy/crontab", "MAILTO=me@a.example\n30 3 * * * cd /srv/a && .venv/bin/python manage.py clearsessions\n",
         [CLEAR]),
        ("cron.d/digest", "0 6 * * mon-fri www-data /srv/a/manage.py send_digest --limit 5 >> /var/log/d.log 2>&1\n",
         [DIGEST]),
        ("crontab.txt", "# 30 3 * * * python manage.py clearsessions\n* * * * * /usr/bin/backup\n", []),
        ("README.md", "Cron: `0 6 * * mon-fri cd /srv && python manage.py send_digest --limit 5`\n", [DIGEST]),
        ("README.md", "@daily python manage.py send_digest\n",
         [("cron-send-digest", "0 0 * * *", "python manage.py send_digest", False)]),
        ("README.md", "0 6 * * * python manage.py of_another_project\nRun 1 2 3 4 5 times manage.py\n", []),
        ("docs/crontab.py", "0 6 * * * python manage.py send_digest", []),
        ("notes.md", "0 6 * * * python manage.py send_digest\n", []),
        ("crontab", "*/1 * * * * python manage.py send_digest\n",
         [("cron-send-digest", "*/1 * * * *", "python manage.py send_digest", True)]),
    ],
)  # fmt: skip
def test_the_lines_of_crontab_files_and_of_the_readme(tmp_path, name, text, found):
    assert jobs(tmp_path, {}, {**OWN, name: text}) == found


def test_a_command_that_is_in_two_files_runs_once_and_its_line_is_named(tmp_path):
    line = "0 6 * * * python manage.py send_digest\n"
    project = Served(tmp_path, {**OWN, "README.md": line, "cron.d/a": f"# Digest\n{line}"}, {})
    [job] = cron_jobs.find(project)
    assert job.where.endswith(("README.md:1", "cron.d/a:2"))


def test_the_line_of_an_entry_of_app_json_is_named(tmp_path):
    entries = ",\n".join(f'{{"command": "python {name}.py", "schedule": "0 3 * * *"}}' for name in ("a", "é", "a"))
    found = cron_jobs.find(Served(tmp_path, {"app.json": f'{{"cron": [\n{entries}\n]}}'}, {}))
    assert [each.where.rpartition("/")[2] for each in found] == ["app.json:2", "app.json:3", "app.json:4"]


@pytest.mark.parametrize("schedule", ["*/5 * * * *", "0 3 * * *", "0,5,55 * * * *", "59 3 * * *", "1-56/5 * * * *",
                                      "0 0 1 JAN *", "0,59 3 * * *", "15 */2 * * MON-FRI",
                                      "0 0 31 1,2 *", "0 0 30 2 MON", "0 0 29 FEB *", "0 0 * * 7"])  # fmt: skip
def test_a_schedule_that_a_platform_accepts(schedule):
    assert cron_jobs.problem_of(schedule) == ""


@pytest.mark.parametrize("schedule", ["* * * * *", "*/3 * * * *", "0,59 * * * *", "0,4 3 * * *", "2,58 3,4 * * *",
                                      "@reboot", "0 3 * *", "0 3 * * * *", "61 * * * *", "0 24 * * *",
                                      "a b c d e", "0 0 32 * *", "0 0 * 13 *", "0 0 * * 8", "0 0 0 * *", "0 0 30 FEB *",
                                      "0 0 31 4,6 *", "*/0 3 * * *"])  # fmt: skip
def test_a_schedule_that_a_platform_refuses(schedule):
    assert cron_jobs.problem_of(schedule)
