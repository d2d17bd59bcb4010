"""Files that git does not track are read only where they exist; the environment replaces them in production."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.optional_reads import OptionalReads
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft
from wizard.project.settings import SettingsFiles


def project_with(root, text, missing, line=0, *, without_key=False, frames=None):
    """A project whose settings read the file *missing* at *line*. Files other than settings.py are not deployed."""
    path = root / "settings.py"
    lines = frames or (("settings.py", line),)
    extra = SimpleNamespace(
        reasons={root / missing: "missing"} if missing else {}, lines={root / missing: lines} if missing else {}
    )
    project = FakeProject(
        root,
        text,
        loader=SimpleNamespace(extra_files=extra, without_key=without_key),
        copy=SimpleNamespace(deploys=lambda path: path.name == "settings.py"),
        own=lambda path: path,
    )
    project.settings = SettingsFiles("settings", path, (root,))
    project.settings.exists = project.copy.deploys
    return project


def edited(project):
    """The new settings, and the variables that take the place of files."""
    draft = Draft()
    variables = OptionalReads(project, draft, "DJANGO_SECRET_KEY").make()
    written = {action.path.name: action.after.decode() for action in draft.actions()}
    assert written.keys() <= {"settings.py"}, "only deployed files are edited"
    return written.get("settings.py", ""), variables


@pytest.mark.parametrize(
    ("missing", "line", "before", "after"),
    [
        pytest.param(
            "site.env", 2,
            "from decouple import Config, RepositoryEnv\nconfig = Config(RepositoryEnv('site.env'))  # ours\n",
            "import os\n\nfrom decouple import Config, RepositoryEmpty, RepositoryEnv\n"
            "config = Config(RepositoryEnv('site.env') if os.path.isfile('site.env') else RepositoryEmpty())  # ours\n",
            id="python-decouple",
        ),
        pytest.param(
            "key.txt", 2,
            "import os\nwith open('key.txt') as file:  # made by hand\n    SECRET_KEY = file.read()\nX = 1\n",
            "import os\nSECRET_KEY = os.getenv('DJANGO_SECRET_KEY', '')\nif not SECRET_KEY:\n"
            "    with open('key.txt') as file:  # made by hand\n        SECRET_KEY = file.read()\nX = 1\n",
            id="a block for a key",
        ),
        pytest.param(
            "key.txt", 2,
            "import os\nSECRET_KEY = open('key.txt').read().strip()\n",
            "import os\nSECRET_KEY = os.getenv('DJANGO_SECRET_KEY', '') or open('key.txt').read().strip()\n",
            id="a key in one line",
        ),
        pytest.param(
            "s.json", 2,
            "import json\nwith open('s.json') as file:\n\tvalues = json.load(file)\nSECRET_KEY = values['KEY']\n",
            "import json\nimport os\ntry:\n\twith open('s.json') as file:\n\t\tvalues = json.load(file)\n"
            "except FileNotFoundError:\n\tvalues = dict(os.environ)\nSECRET_KEY = values['KEY']\n",
            id="JSON, tabs",
        ),
        pytest.param(
            "s.json", 2,
            "import json, os\nvalues = json.load(open('s.json'))\n",
            "import json, os\nvalues = json.load(open('s.json')) if os.path.isfile('s.json') else dict(os.environ)\n",
            id="JSON in one line",
        ),
        pytest.param(
            ".env", 3,
            "import os\nvalues = dotenv_values('.env')\nSECRET_KEY = values['KEY']\n",
            "import os\nvalues = {**dotenv_values('.env'), **os.environ}\nSECRET_KEY = values['KEY']\n",
            id="dotenv_values",
        ),
        pytest.param(
            "local_settings.py", 2,
            "import os\r\nfrom local_settings import *  # not in git\r\nX = 1\r\n",
            "import os\r\ntry:\r\n    from local_settings import *  # not in git\r\nexcept ModuleNotFoundError:\r\n"
            "    SECRET_KEY = os.environ[\"DJANGO_SECRET_KEY\"]\r\nX = 1\r\n",
            id="a star import, CRLF",
        ),
        pytest.param(
            "own_secrets.py", 1,
            "from own_secrets import SECRET_KEY, MAIL_PASSWORD",
            "import os\n\ntry:\n    from own_secrets import SECRET_KEY, MAIL_PASSWORD\nexcept ModuleNotFoundError:\n"
            "    MAIL_PASSWORD = os.getenv(\"MAIL_PASSWORD\", \"\")\n"
            "    SECRET_KEY = os.environ[\"DJANGO_SECRET_KEY\"]",
            id="names, no last newline",
        ),
    ],
)  # fmt: skip
def test_a_read_of_a_missing_file_becomes_optional(tmp_path, missing, line, before, after):
    (tmp_path / missing).write_text("")
    project = project_with(tmp_path, "", missing, line)
    project.settings.main.write_bytes(before.encode())
    text, _ = edited(project)
    assert text == after
    project.settings = SettingsFiles("settings", project.settings.main, (tmp_path,))
    project.settings.main.write_bytes(after.encode())
    project.loader.extra_files.reasons.clear()
    assert edited(project) == ("", {}), "nothing is left to do"


def test_secrets_of_a_local_module_that_production_lacks_are_read_from_the_environment(tmp_path):
    (tmp_path / "local_settings.py").write_text(
        'DEBUG = True\nSECRET_KEY = "a-key-of-this-machine-only"\nSTRIPE_TOKEN = "sk_0123456789abc"\nLANGUAGE = "de"\n'
    )
    text = 'try:\n    from local_settings import *\nexcept ImportError:\n    print("no local settings")\n'
    found, variables = edited(project_with(tmp_path, f"import os\n{text}", "", without_key=True))
    assert found.endswith(
        '    print("no local settings")\n'
        '    SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]\n'
        '    STRIPE_TOKEN = os.getenv("STRIPE_TOKEN", "")\n'
    )
    assert variables == {"SECRET_KEY": "DJANGO_SECRET_KEY", "STRIPE_TOKEN": "STRIPE_TOKEN"}


@pytest.mark.parametrize(
    "text",
    [
        "import json\nvalues = json.load(open('s.json'))\nKEY = values['django']['KEY']\n",
        "import json\nfile = open('s.json')\nvalues = json.load(file)\n",
        "import os\nX = 1\nY = 2\n",
    ],
    ids=["nested", "two statements", "no read"],
)
def test_a_read_of_another_form_stays(tmp_path, text):
    assert edited(project_with(tmp_path, text, "s.json", 2)) == ("", {})


def test_a_function_that_reads_a_file_stays_and_its_caller_is_edited(tmp_path):
    text = "import os\ndef key():\n    return open('k').read()\nSECRET_KEY = key()\n"
    found, _ = edited(project_with(tmp_path, text, "k", frames=(("settings.py", 4), ("settings.py", 3))))
    assert found == text.replace("= key()", "= os.getenv('DJANGO_SECRET_KEY', '') or key()")
