"""Files that code keeps without a field of a model: what writes them, and where."""

from __future__ import annotations

import ast

import pytest

from wizard.project.written_files import DISK, MEDIA, FoundWrite, found_writes

IMPORTS = """import os
import shutil
import tempfile
from pathlib import Path
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.storage import default_storage as ds
"""
FIRST = IMPORTS.count("\n") + 1
FOUND = {
    "the default storage": ("def view(request):\n    default_storage.save('a.png', request.FILES['a'])",
                            2, "default_storage.save()", "default"),
    "under another name": ("def view(request):\n    ds.save('a.png', f)", 2, "ds.save()", "default"),
    "opened for writing": ("def view(r):\n    with default_storage.open('a', 'wb') as f:\n        f.write(r.body)",
                           2, "default_storage.open()", "default"),
    "by its alias": ("def view(r):\n    storages['private'].save('a', r)", 2, "storages.save()", "private"),
    "an object of it": ("class V(View):\n    store = default_storage\n    def post(self, r):\n"
                        "        self.store.save('a', r)", 4, "store.save()", "default"),
    "a storage on the disk": ("def view(request):\n    fs = FileSystemStorage()\n    fs.save('a', request.FILES['a'])",
                              3, "fs.save()", MEDIA),
    "in MEDIA_ROOT": ("fs = FileSystemStorage(location=os.path.join(settings.MEDIA_ROOT, 'x'))\n"
                      "def view(request):\n    fs.save('a', request.FILES['a'])", 3, "fs.save()", MEDIA),
    "in a folder of its own": ("def view(r):\n    FileSystemStorage('/srv/x').save('a', r)",
                               2, "FileSystemStorage.save()", DISK),
    "a path below MEDIA_ROOT": ("def save(f):\n    path = os.path.join(settings.MEDIA_ROOT, 'a')\n"
                                "    with open(path, 'wb+') as out:\n        out.write(f)", 3, "open()", MEDIA),
    "pathlib": ("def save(f):\n    (Path(settings.MEDIA_ROOT) / 'a').write_bytes(f)", 2, "write_bytes()", MEDIA),
    "opened by pathlib": ("def save(f):\n    folder = Path(settings.MEDIA_ROOT)\n    folder.joinpath('a').open('w')",
                          3, "joinpath.open()", MEDIA),
    "the path of the storage": ("def save(f):\n    open(default_storage.path('a'), mode='w')", 2, "open()", MEDIA),
    "Django's example": ("def handle_uploaded_file(f):\n    with open('some/name.txt', 'wb+') as destination:\n"
                         "        for chunk in f.chunks():\n            destination.write(chunk)", 2, "open()", DISK),
    "the folder by its name": ("def save(f):\n    open(f'media/{f.name}', 'wb').write(f.read())", 2, "open()", MEDIA),
    "a picture": ("def save(image):\n    image.save(os.path.join(settings.MEDIA_ROOT, 'a.png'), 'PNG')",
                  2, "image.save()", MEDIA),
    "a copy": ("def save(f):\n    shutil.copy(f, settings.MEDIA_ROOT)", 2, "shutil.copy()", MEDIA),
    "instead of an old file": ("def save(f):\n    default_storage.delete('a')\n    default_storage.save('a', f)",
                               3, "default_storage.save()", "default"),
}  # fmt: skip
NOTHING = {
    "reads": "def view(r):\n    return open(os.path.join(settings.MEDIA_ROOT, 'a'), 'rb').read()",
    "reads from the storage": "def view(r):\n    return default_storage.open('a').read()",
    "a form and a field": "def view(r):\n    form.save()\n    form.save(commit=False)\n    item.file.save('a', r)",
    "a field's storage": "class A(models.Model):\n    a = models.FileField(storage=FileSystemStorage('/srv'))",
    "a temporary file": "def view(r):\n    path = os.path.join(tempfile.gettempdir(), 'a')\n"
    "    open(path, 'wb').write(r.FILES['a'].read())",
    "a folder of temporary files": "fs = FileSystemStorage(os.path.join(settings.MEDIA_ROOT, 'tmp'))\n"
    "def view(r):\n    fs.save('a', r)",
    "removed again": "def view(r):\n    name = default_storage.save('a', r.FILES['a'])\n    read(name)\n"
    "    default_storage.delete(name)",
    "another file": "def log(text):\n    open('log.txt', 'a').write(text)",
}


@pytest.mark.parametrize("name", FOUND)
def test_what_keeps_a_file_is_found(name):
    text, line, what, place = FOUND[name]
    assert found_writes(ast.parse(IMPORTS + text)) == [FoundWrite(line + FIRST - 1, what, place)]


@pytest.mark.parametrize("name", NOTHING)
def test_what_keeps_none_is_not(name):
    assert found_writes(ast.parse(IMPORTS + NOTHING[name])) == []
