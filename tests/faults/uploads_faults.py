"""Faults by which uploaded files are lost, changed, or kept where the next deployment does not have them."""

from __future__ import annotations

from tests.faults.fault import Fault, append, every, replace

SETTINGS, VIEWS, WSGI = "election_cart/settings.py", "orders/views.py", "election_cart/wsgi.py"
CREATE = "order.resources.create(file=file)"
OWN_STORAGE = """

from django.core.files.storage import FileSystemStorage

Resource._meta.get_field('file').storage = FileSystemStorage()
"""
CLEANED = """

from django.db import DatabaseError

from orders.models import Resource

try:
    Resource.objects.all().delete()
except DatabaseError:
    pass
"""
KEPT = """

def keep(request):
    from django.core.files.storage import FileSystemStorage

    FileSystemStorage().save("kept.txt", request.FILES["file"])
"""

FAULTS = [
    Fault("settings: uploads stay on the disk of the deployment",
          append(SETTINGS, "\nSTORAGES['default'] = {'BACKEND': 'django.core.files.storage.FileSystemStorage'}\n"),
          items={"22.3", "24.3", "26.1", "26.2"}, says=["which is empty after each deployment", "/media/"],
          where="settings.py:"),
    Fault("settings: uploads go to a folder of the machine",
          append(SETTINGS, "\nSTORAGES['default'] = {'BACKEND': 'django.core.files.storage.FileSystemStorage', "
                           "'OPTIONS': {'location': BASE_DIR.parent / 'shared-media'}}\n"),
          items={"22.3", "24.3", "26.1", "26.2"}, says=["shared-media, which is empty after each deployment"],
          where="settings.py:"),
    Fault("models.py: a field keeps its files on the disk", append("orders/models.py", OWN_STORAGE),
          items={"22.3", "26.1", "26.2"}, says=["orders.Resource.file: FileSystemStorage"],
          where="orders/models.py:"),
    Fault("view: keeps files on the disk without a field", append(VIEWS, KEPT), items={"26.1", "26.2"},
          says=["FileSystemStorage.save() (", "which is empty after each deployment"], where="orders/views.py:"),
    Fault("view: keeps the first bytes of a file",
          every(replace(VIEWS, CREATE, "order.resources.create(file=ContentFile(file.read(1000), file.name))"),
                append(VIEWS, "\n\nfrom django.core.files.base import ContentFile\n")),
          items={"26.2"}, says=["other bytes"]),
    Fault("wsgi.py: each start removes what was uploaded", append(WSGI, CLEANED), items={"26.2"},
          says=["is gone after the next deployment"]),
]  # fmt: skip
