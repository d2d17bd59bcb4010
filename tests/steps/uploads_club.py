"""A club's site with photos, ready to be deployed: a form for visitors, pages that show the photos, and an admin."""

from __future__ import annotations

import subprocess

from tests.conftest import in_git
from tests.steps.real_project import write

REQUIREMENTS = "Django==5.2.*\ngunicorn\nPillow\npsycopg[binary]\ndj-database-url\ndjango-storages[s3]>=1.14\n"
SETTINGS = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x9v2k4m6q8w1e3r5t7y9u0i2o4p6a8s1d3f5g7h9j2k4l6z8x0c2"
DEBUG = os.environ.get("DEBUG", "True") == "True"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "members",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "club.urls"
WSGI_APPLICATION = "club.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "pages"],
              "APP_DIRS": True, "OPTIONS": {"context_processors": [
                  "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                  "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
if os.environ.get("DATABASE_URL"):
    import dj_database_url

    DATABASES["default"] = dj_database_url.config()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "media"
LOGIN_REDIRECT_URL = "/"
"""
URLS = """
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

from members import views

urlpatterns = [
    path("health/", lambda request: HttpResponse("fine")),
    path("", views.home, name="home"),
    path("photos/add/", views.add_photo, name="add"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
] + static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
"""
MODELS = """
from django.db import models


class Photo(models.Model):
    title = models.CharField(max_length=100)
    picture = models.ImageField(upload_to="photos/")
"""
VIEWS = """
from django import forms
from django.shortcuts import redirect, render

from members.models import Photo


class PhotoForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["title", "picture"]


def home(request):
    return render(request, "home.html", {"photos": Photo.objects.all()})


def add_photo(request):
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("home")
    return render(request, "add.html", {"form": form})
"""
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Photo", [
            ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
            ("title", models.CharField(max_length=100)),
            ("picture", models.ImageField(upload_to="photos/")),
        ]),
    ]
"""
FILES = {
    "manage.py": """
        import os
        import sys

        if __name__ == "__main__":
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "club.settings")
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
        """,
    "club/__init__.py": "",
    "club/settings.py": SETTINGS,
    "club/urls.py": URLS,
    "club/wsgi.py": """
        import os

        from django.core.wsgi import get_wsgi_application

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "club.settings")
        application = get_wsgi_application()
        """,
    "members/__init__.py": "",
    "members/models.py": MODELS,
    "members/views.py": VIEWS,
    "members/admin.py": "from django.contrib import admin\n\nfrom members.models import Photo\n\n"
    "admin.site.register(Photo)\n",
    "members/migrations/__init__.py": "",
    "members/migrations/0001_initial.py": MIGRATION,
    "pages/home.html": "<!doctype html><title>Club</title>{% for photo in photos %}<p>{{ photo.title }}"
    '<img src="{{ photo.picture.url }}" alt="">{% endfor %}\n',
    "pages/add.html": '<!doctype html><title>Add</title><form method="post" enctype="multipart/form-data">'
    "{% csrf_token %}{{ form }}<button>Add</button></form>\n",
    "pages/registration/login.html": '<!doctype html><title>Log in</title><form method="post">{% csrf_token %}'
    "{{ form }}<button>Log in</button></form>\n",
    "Procfile": "web: python manage.py migrate --noinput && exec gunicorn club.wsgi --bind 0.0.0.0:$PORT\n",
    "requirements.txt": REQUIREMENTS,
    ".env.production": "DEBUG=False\n",
    ".gitignore": "media/\n*.sqlite3\n__pycache__/\n.env*\n.golive/\n",
}
ADD_ROWS = """
from django.core.files.base import ContentFile
from members.models import Photo
for number in range(3):
    content = ContentFile(b"picture %d" % number * 1000, name="first%d.png" % number)
    Photo.objects.create(title="Photo", picture=content)
"""


def make_club(folder, python, *, rows=False):
    """Write the site into *folder*, in a repository. With *rows* its database here has three photos."""
    folder.mkdir(parents=True)
    write(folder, FILES)
    in_git(folder)
    if rows:
        subprocess.run([python, "manage.py", "migrate", "-v0"], cwd=folder, check=True)
        subprocess.run([python, "manage.py", "shell", "-c", ADD_ROWS], cwd=folder, check=True, capture_output=True)
    return folder
