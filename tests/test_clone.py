"""A project as it is after a clone: its .env file, which git doesn't hold, is not there yet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import in_git

MANAGE = """
import os
import sys

from dotenv import load_dotenv

load_dotenv()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", os.environ["DJANGO_SETTINGS_MODULE"])
if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os

SECRET_KEY = os.environ["SHOP_KEY"]
DEBUG = os.environ.get("DEBUG") == "True"
PAYMENT_PHRASE = os.environ["PAYMENT_PHRASE"]
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
"""


def test_what_this_machine_has_no_value_for_gets_a_placeholder_and_is_told(tmp_path, python):
    shop = tmp_path / "shop"
    (shop / "site_").mkdir(parents=True)
    (shop / "manage.py").write_text(MANAGE)
    (shop / "site_" / "__init__.py").touch()
    (shop / "site_" / "urls.py").write_text("urlpatterns = []\n")
    (shop / "site_" / "settings.py").write_text(SETTINGS)
    (shop / ".env.example").write_text("DJANGO_SETTINGS_MODULE=site_.settings\nSHOP_KEY=\n")
    in_git(shop)
    for tasks in ("1,4", "4"):  # after the first run production has a key, and this machine still has none
        argv = [sys.executable, "-m", "wizard", "--auto", "--json", "--only", tasks, "--python", python, str(shop)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        seen = {each["item"]["id"]: each["evidence"] for each in events if each["event"] == "Ticked"}
        assert seen["4.4"]["status"] == "rehearsed"
        assert "System check identified no issues" in seen["4.4"]["showed"]
        assert "no value for PAYMENT_PHRASE, SHOP_KEY" in seen["4.4"]["showed"]
        assert seen["4.5"]["status"] == "done"
        (shop / ".golive" / "state.json").unlink()
