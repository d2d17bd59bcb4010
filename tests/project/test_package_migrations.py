"""The migrations that another release of a package brings: which packages are compared, and with what."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.conftest import in_git
from wizard.base.git import Git
from wizard.project import package_migrations
from wizard.project.dependencies import find
from wizard.project.package_migrations import PackageMigrations
from wizard.project.pip import PipEnvironment
from wizard.project.previous_version import PreviousVersion

OLD = ("shop/migrations/0001_initial.py", "shop/models.py")
NEW = (*OLD, "shop/migrations/0002_drop.py", "shop/extra/migrations/0001_initial.py", "shop/tests/data/0003_x.py",
       "shop/unused/migrations/0001_initial.py")  # fmt: skip


def distribution(folder, name, version, files):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:  # some readers of the record leave out files that do not exist
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


@pytest.fixture
def upgraded(tmp_path, monkeypatch):
    """A function that commits requirements, changes them, and returns the new migrations and what was installed."""
    asked = []

    def install(self, verb, *arguments, project, on_line):
        asked.append(arguments[-1])
        distribution(tmp_path / "work/previous-packages/packages", "django-shop", "1.0", OLD)

    monkeypatch.setattr(PipEnvironment, "run", install)

    def run(before, after, version="2.0", files=NEW):
        top = tmp_path / "site"
        top.mkdir()
        (top / "requirements.txt").write_text(before)
        in_git(top)
        (top / "requirements.txt").write_text(after)
        distribution(tmp_path / "packages", "Django_Shop", version, files)
        project = SimpleNamespace(
            git=Git(top), top=top, root=top, work=tmp_path / "work", dependencies=find(top, top),
            python=SimpleNamespace(path=tmp_path), value=lambda name: ["shop", "shop.extra.apps.ExtraConfig"],
            interpreter=SimpleNamespace(start=lambda: {"packages": str(tmp_path)}),
        )  # fmt: skip
        previous = PreviousVersion(project.git.head(), "the last commit", deployed=False)
        return package_migrations.find(project, previous, lambda: tmp_path / "packages", print), asked

    return run


def test_the_migrations_that_another_release_brings_are_found(upgraded):
    found, asked = upgraded("django-shop==1.0\nother==3\n", "Django_Shop==2.0\nother==3\n")
    modules = ("shop.extra.migrations.0001_initial", "shop.migrations.0002_drop")
    assert found == [PackageMigrations("django-shop", "1.0", "2.0", modules)]
    assert asked == ["django-shop==1.0"]


@pytest.mark.parametrize(
    ("before", "after", "version", "files"),
    [
        ("django-shop==1.0\n", "django-shop==1.0\nwhitenoise==6\n", "1.0", NEW),
        ("django-shop>=1.0\n", "django-shop>=2.0\n", "2.0", NEW),
        ("other==1\n", "other==1\ndjango-shop==2.0\n", "2.0", NEW),
        ("django-shop==1.0\n", "django-shop==2.0\n", "2.0", ("shop/models.py",)),
        ("django-shop==1.0\n", "django-shop>=1.0\n", "1.0", NEW),
    ],
    ids=["same", "not pinned", "new package", "no migrations", "another spelling"],
)
def test_nothing_is_installed_where_nothing_can_have_changed(upgraded, before, after, version, files):
    assert upgraded(before, after, version, files) == ([], [])
