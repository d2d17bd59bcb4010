"""The old SECRET_KEY is found in comments, compiled files and tests, and removed where nothing needs it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared import secret_copies
from tests.conftest import in_git
from tests.steps.fakes import FakeProject
from wizard.base.git import Git
from wizard.plan.draft import Draft
from wizard.project.secret_literals import in_settings

KEY = "k7d2m9x4q1w8e3r5t6y0u2i4o7p9a1s3d5f8g2h4j6k8l0z1x3"
SETTINGS = f"""# Until 2024:
# SECRET_KEY = "{KEY}"
SECRET_KEY = "{KEY}"
DEBUG = True  # not secret  # {KEY}
"""


@pytest.fixture
def project(tmp_path):
    """A repository with the key in its settings, a comment, a test, a text and a compiled file."""
    (tmp_path / "tests.py").write_text(f'import x\n\nKEY = "{KEY}"\n')
    (tmp_path / "README.md").write_text(f"# Shop\n\n{KEY}\n")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/settings.cpython-311.pyc").write_bytes(b"\xa7\r\0" + KEY.encode() + b"\0")
    found = FakeProject(tmp_path, SETTINGS)
    in_git(tmp_path)
    found.git = Git.of(tmp_path)
    found.copy = SimpleNamespace(known=found.git.deployable)
    return found


def copies(project):
    return secret_copies.find_copies(project, in_settings(project.settings))


def test_every_copy_is_named_with_its_place(project):
    found = secret_copies.findings(project, copies(project))
    assert [(each.path.name, each.line) for each in found] == [
        ("README.md", 3), ("settings.cpython-311.pyc", None), ("settings.py", 2), ("settings.py", 4), ("tests.py", 3),
    ]  # fmt: skip
    texts = [str(each) for each in found]
    assert not any(KEY in text for text in texts)
    assert "Remove it by hand" in texts[0] and "Remove it by hand" in texts[4]
    assert "in a comment too" in texts[2] and "in a compiled file too" in texts[1]


def test_comments_are_removed_and_compiled_files_untracked(project):
    draft = Draft()
    compiled = secret_copies.remove(project, draft, copies(project))
    written = {action.path.name: action.after.decode() for action in draft.actions()}
    # The second `#` belongs to the same comment.
    settings = f'# Until 2024:\nSECRET_KEY = "{KEY}"\nDEBUG = True\n'
    assert written == {"settings.py": settings, ".gitignore": "*.pyc\n"}
    assert [path.name for path in compiled] == ["settings.cpython-311.pyc"]


def test_a_short_secret_is_not_searched(tmp_path):
    project = FakeProject(tmp_path, 'SECRET_KEY = "shop"\n# the shop\n')
    project.copy = SimpleNamespace(known=lambda: [tmp_path / "settings.py"])
    assert copies(project) == []
