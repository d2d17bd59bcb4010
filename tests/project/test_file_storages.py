"""Which fields keep files, and where; which files rows of this machine refer to; copies into another storage."""

from __future__ import annotations

import subprocess

import pytest

from tests.steps.real_project import opened
from wizard.project.file_storages import StorageError, copy_files, file_fields, kept_files, local_files, row_files
from wizard.project.written_files import uses_of_paths

MODELS = """
from django.core.files.storage import FileSystemStorage
from django.db import models


def chosen():
    return FileSystemStorage(location="/srv/private")


class Document(models.Model):
    title = models.CharField(max_length=20)
    file = models.FileField(upload_to="documents/", default="documents/none.txt")
    scan = models.ImageField(
        storage=FileSystemStorage(location="/srv/scans"), blank=True, height_field="height", width_field="width"
    )
    letter = models.FileField(storage=chosen, blank=True)
    height = models.IntegerField(null=True)
    width = models.IntegerField(null=True)


class Report(Document):
    pages = models.IntegerField(default=1)


class Short(Document):
    class Meta:
        proxy = True
"""
STORES = """
from django.core.files.storage import FileSystemStorage


class Elsewhere(FileSystemStorage):
    '''A storage that keeps files in another folder, and refuses and renames some.'''

    def __init__(self):
        super().__init__(location="{folder}")

    def save(self, name, content, max_length=None):
        if "refused" in name:
            raise OSError("the disk is full")
        if "changed" in name:
            from django.core.files.base import ContentFile
            content = ContentFile(b"changed")
        return super().save(name.replace("renamed", "other"), content, max_length)
"""
SETTINGS = """
INSTALLED_APPS += ["archive"]
MEDIA_ROOT = BASE_DIR / "media"
MEDIA_URL = "/media/"
import os
if os.environ.get("STORE"):
    STORAGES = {{"default": {{"BACKEND": "archive.stores.Elsewhere"}},
                "staticfiles": {{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}}}
"""
ADD = """
from archive.models import Document
from django.core.files.base import ContentFile
for name in {names}:
    Document.objects.create(title=name, file=ContentFile(name.encode(), name=name))
Document.objects.create(title="escape", file="../settings.py")
Document.objects.create(title="gone", file="documents/gone.txt")
"""


VIEWS = """
import os
from django.conf import settings
from django.core.files.storage import default_storage


def keep(request):
    default_storage.save("letters/a.txt", request.FILES["a"])


def keep_on_disk(request):
    with open(os.path.join(settings.MEDIA_ROOT, "b.txt"), "wb") as kept:
        kept.write(request.body)


def handle(upload):
    with open("uploads/c.txt", "wb") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
"""


@pytest.fixture
def archive(tmp_path, python):
    """Opens the project with documents of the given names in this machine's database."""
    contexts = []

    def make(*names, code=""):
        files = {"archive/__init__.py": "", "archive/models.py": MODELS,
                 "archive/stores.py": STORES.format(folder=tmp_path / "elsewhere"), "archive/views.py": code,
                 ".gitignore": "media/\n*.sqlite3\n"}  # fmt: skip
        folder = tmp_path / "project"
        folder.mkdir()
        context = opened(folder, python, files, SETTINGS.format())
        contexts.append(context)
        project, _ = context.__enter__()
        project.inspect_settings()  # copies the files
        if names:
            for argv in (["migrate", "--run-syncdb", "-v0"], ["shell", "-c", ADD.format(names=names)]):
                subprocess.run([python, "manage.py", *argv], cwd=folder, check=True, capture_output=True)
        return project

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


def environment(project, **values):
    return project.production_environment(**values)


def test_each_field_is_told_with_its_storage_and_its_place(archive):
    project = archive()
    found = {each.name: each for each in file_fields(project, environment(project))}
    assert list(found) == ["file", "scan", "letter"], "an inherited field and a proxy are the parent's"
    assert {str(each) for each in found.values()} == {f"archive.Document.{name}" for name in found}
    assert found["file"].location == str(project.root / "media"), "where it is in the project, not in its copy"
    assert (found["scan"].location, found["letter"].location) == ("/srv/scans", "/srv/private")
    assert [each.chosen for each in found.values()] == [False, True, True]
    assert [each.where for each in found.values()] == [f"archive/models.py:{line}" for line in (11, 12, 15)]
    elsewhere = file_fields(project, environment(project, STORE="yes"))[0]
    assert elsewhere.storage == "archive.stores.Elsewhere"


def test_files_of_this_machine_are_found_by_the_rows_that_refer_to_them(archive):
    project = archive("a.txt", "b.txt")
    (project.root / "media/documents/orphan.txt").write_text("no row refers to it")
    referred, present = local_files(project, {})
    assert sorted(each.name for each in present) == ["documents/a.txt", "documents/b.txt"]
    assert len(referred) == 4, "one is gone, and one is outside of the folder of uploads"
    assert {each.size for each in present} == {5}


def test_the_default_file_of_a_field_is_one_of_this_machines_if_it_is_there(archive):
    project = archive("a.txt")
    (project.root / "media/documents/none.txt").write_text("nothing")
    _, present = local_files(project, {})
    assert sorted(map(str, present)) == [
        "documents/a.txt of archive.Document 1", "documents/none.txt, the default of archive.Document.file"
    ]  # fmt: skip
    copied = copy_files(project, environment(project, STORE="yes"), "", present)
    assert [each.state for each in copied] == ["copied", "copied"]


def test_a_default_file_that_is_deployed_is_told(archive):
    project = archive()
    assert [each.default for each in file_fields(project, environment(project))] == ["", "", ""]
    project.refresh()
    deployed = project.copy.at(project.root) / "media/documents/none.txt"
    deployed.parent.mkdir(parents=True)
    deployed.write_text("nothing")
    assert file_fields(project, environment(project))[0].default == "documents/none.txt"


def test_a_question_leaves_no_empty_database_behind(archive):
    project = archive()
    assert local_files(project, {}) == ([], {})
    assert not list(project.root.glob("*.sqlite3"))


def test_files_are_copied_once_compared_and_never_replaced(archive, tmp_path):
    project = archive("a.txt", "taken.txt", "refused.txt", "renamed.txt", "changed.txt")
    taken = tmp_path / "elsewhere/documents/taken.txt"
    taken.parent.mkdir(parents=True)
    taken.write_text("another file of this name")
    _, present = local_files(project, {})
    production = environment(project, STORE="yes")

    def states(**more):
        copied = copy_files(project, production, "", present, **more)
        return {each.file.name.partition("/")[2]: each.state for each in copied}

    others = {"taken.txt": "other", "renamed.txt": "missing", "refused.txt": "missing", "changed.txt": "missing"}
    assert states(compare=True) == {"a.txt": "missing", **others}
    assert not (tmp_path / "elsewhere/documents/a.txt").exists()
    tried = {"refused.txt": "failed", "renamed.txt": "renamed", "changed.txt": "other"}
    assert states() == {"a.txt": "copied", **others, **tried}
    assert states(compare=True)["a.txt"] == "same"
    assert taken.read_text() == "another file of this name"


def test_files_of_rows_are_read_from_the_running_copy(archive):
    project = archive("a.txt")
    found = {each.name: each for each in row_files(project, environment(project), project.root)}
    assert found["documents/a.txt"].size == 5 and found["documents/a.txt"].url == "/media/documents/a.txt"
    assert found["documents/a.txt"].begins == b"a.txt"
    assert found["documents/gone.txt"].size == -1
    known = [found["documents/a.txt"]]
    assert "documents/a.txt" not in {
        each.name for each in row_files(project, environment(project), project.root, known)
    }


def test_a_row_with_the_default_file_of_its_field_is_marked(archive):
    project = archive("a.txt", "none.txt")
    found = row_files(project, environment(project), project.root)
    assert {each.name for each in found if each.is_default} == {"documents/none.txt"}


@pytest.mark.parametrize(
    ("storage", "upload_to", "is_replaced"),
    [
        ("", '"documents/"', False),
        ("    file_overwrite = True\n", '"documents/"', True),
        ("    file_overwrite = False\n", '"documents/"', False),
        ("    file_overwrite = True\n", "own_name", False),
    ],
)
def test_a_file_that_another_one_replaces_is_told(archive, storage, upload_to, is_replaced):
    project = archive("first")
    stores, models = project.root / "archive/stores.py", project.root / "archive/models.py"
    stores.write_text(stores.read_text() + "\n" + storage)
    text = models.read_text().replace("class Document", "def own_name(row, name):\n    return name\n\n\nclass Document")
    models.write_text(text.replace('"documents/"', upload_to))
    project.refresh()
    project.inspect_settings()
    found = row_files(project, environment(project, STORE="yes"), project.root)
    assert {each.replaced for each in found if each.name == "documents/first"} == {is_replaced}


def test_a_storage_that_does_not_load_is_told_so(archive):
    project = archive()
    (project.copy.at(project.root) / "archive/stores.py").unlink()
    with pytest.raises(StorageError, match=r"can't be read: .*archive.stores"):
        file_fields(project, environment(project, STORE="yes"))


def test_calls_that_keep_files_are_told_with_the_storage_of_production(archive):
    project = archive(code=VIEWS)

    def written(**values):
        return [each for each in kept_files(project, environment(project, **values)) if not hasattr(each, "model")]

    media = str(project.root / "media")
    assert [(str(each), each.location) for each in written()] == [
        ("default_storage.save() (archive/views.py:7)", media), ("open() (archive/views.py:11)", media),
        ("open() (archive/views.py:16)", ""),
    ]  # fmt: skip
    assert [(each.on_disk_only, each.by_hand) for each in written()] == [(False, False), (True, False), (False, True)]
    assert written(STORE="yes")[0].storage == "archive.stores.Elsewhere"


def test_code_that_needs_the_path_of_an_upload_is_found(archive):
    code = "import os\n\n\ndef shrink(row, request):\n    os.stat(row.scan.path)\n"
    code += "    print(request.path, os.path, row.file.name)\n"
    project = archive(code=code)
    project.inspect_settings()
    assert uses_of_paths(project, {"scan", "file"}) == ["archive/views.py:5"]
    assert uses_of_paths(project, {"file"}) == []


def test_files_without_a_row_are_copied_where_code_keeps_some(archive, tmp_path):
    project = archive("a.txt", code=VIEWS)
    for name in ("letters/old.txt", "CACHE/small.txt", ".hidden"):
        path = project.root / "media" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    _, present = local_files(project, {})
    assert sorted(map(str, present)) == ["documents/a.txt of archive.Document 1", "letters/old.txt"]
    copied = copy_files(project, environment(project, STORE="yes"), "", present)
    assert {each.state for each in copied} == {"copied"}
    assert (tmp_path / "elsewhere/letters/old.txt").read_text() == "letters/old.txt"
    found = row_files(project, environment(project, STORE="yes"), project.root, others=True)
    assert [each.name for each in found if not each.model] == ["letters/old.txt"]
