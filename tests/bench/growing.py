"""Projects of several sizes: what is added to a Django project so that one thing about it grows.

`KINDS` says what can grow. Each kind yields the texts of its files, and names the apps and URL configurations to add.
"""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import in_git
from tests.projects.parts import APPS, CHAIN, TEMPLATES, manage, wsgi

Files = Iterator[tuple[str, str]]
PACKAGE = "shop"
"""The package with the settings."""

SETTINGS = (
    "from pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    'SECRET_KEY = "k3y-of-a-shop-that-grows-with-its-customers"\nDEBUG = True\nALLOWED_HOSTS = []\n'
    + textwrap.dedent(APPS)
    + "]\n"
    + textwrap.dedent(CHAIN + TEMPLATES).replace('"DIRS": []', '"DIRS": [BASE_DIR / "templates"]')
    + 'ROOT_URLCONF = "shop.urls"\nWSGI_APPLICATION = "shop.wsgi.application"\nSTATIC_URL = "/static/"\n'
    + 'STATICFILES_DIRS = [BASE_DIR / "static"]\n'
    + 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n'
)
BASE = {
    "manage.py": manage("shop.settings"),
    "requirements.txt": "django\n",
    ".gitignore": "*.sqlite3\nvenv/\n",
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "shop/wsgi.py": wsgi("shop.settings"),
    "shop/urls.py": "from django.contrib import admin\nfrom django.urls import include, path\n\n"
    'urlpatterns = [path("admin/", admin.site.urls)]\n',
}

CONFIG = """from django.apps import AppConfig


class Config(AppConfig):
    name = "{app}"
    default_auto_field = "django.db.models.BigAutoField"
"""
MODEL = '''

class {name}(models.Model):
    """One row of {name}."""

    title = models.CharField(max_length=120)
    notes = models.TextField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/{app}/{lower}/{{self.pk}}/"
'''
CREATE = """        migrations.CreateModel(
            name="{name}",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("notes", models.TextField(blank=True)),
                ("price", models.DecimalField(decimal_places=2, max_digits=8)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
        ),
"""
MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{needs}]

    operations = [
{operations}    ]
"""
CHANGED = """        migrations.AlterField("{name}", "title", models.CharField(max_length={length})),
"""
ADMIN = """

@admin.register(models.{name})
class {name}Admin(admin.ModelAdmin):
    list_display = ["title", "price"]
"""
VIEWS_HEAD = """from django import forms
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView

from . import models
"""
VIEWS = """

class {name}Form(forms.ModelForm):
    class Meta:
        model = models.{name}
        fields = ["title", "notes", "price"]


class {name}List(ListView):
    model = models.{name}
    paginate_by = 20
    template_name = "shared/rows.html"


class {name}Detail(DetailView):
    model = models.{name}
    template_name = "shared/row.html"


class {name}Create(CreateView):
    model = models.{name}
    form_class = {name}Form
    template_name = "shared/form.html"


class {name}Update(UpdateView):
    model = models.{name}
    form_class = {name}Form
    template_name = "shared/form.html"


class {name}Delete(DeleteView):
    model = models.{name}
    success_url = "/{app}/{lower}/"
    template_name = "shared/form.html"


def {lower}_table(request):
    rows = models.{name}.objects.filter(title__icontains=request.GET.get("q", ""))[:20]
    return JsonResponse({{"rows": [{{"title": row.title, "price": str(row.price)}} for row in rows]}})


def {lower}_row(request, pk):
    row = get_object_or_404(models.{name}, pk=pk)
    return JsonResponse({{"title": row.title, "notes": row.notes}})


def {lower}_about(request):
    return render(request, "shared/about.html", {{"title": "{name}"}})


@login_required
def {lower}_report(request):
    return render(request, "shared/about.html", {{"title": "{name}: {{}}".format(request.user)}})


def {lower}_contact(request):
    form = {name}Form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("/{app}/{lower}/")
    return render(request, "shared/form.html", {{"form": form}})
"""
ROUTES = (
    '    path("{lower}/", views.{name}List.as_view(), name="{lower}_list"),\n',
    '    path("{lower}/<int:pk>/", views.{name}Detail.as_view(), name="{lower}"),\n',
    '    path("{lower}/new/", views.{name}Create.as_view(), name="{lower}_new"),\n',
    '    path("{lower}/<int:pk>/edit/", views.{name}Update.as_view(), name="{lower}_edit"),\n',
    '    path("{lower}/<int:pk>/remove/", views.{name}Delete.as_view(), name="{lower}_remove"),\n',
    '    path("{lower}/table/", views.{lower}_table, name="{lower}_table"),\n',
    '    path("{lower}/<int:pk>/row/", views.{lower}_row, name="{lower}_row"),\n',
    '    path("{lower}/about/", views.{lower}_about, name="{lower}_about"),\n',
    '    path("{lower}/report/", views.{lower}_report, name="{lower}_report"),\n',
    '    path("{lower}/contact/", views.{lower}_contact, name="{lower}_contact"),\n',
)
"""The URL patterns of one model: pages to list, read and change its rows, two JSON views, and pages without rows."""

PAGE = "<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n{body}\n"
TEMPLATES = {
    "about": "<p>{{ title }}</p>",
    "row": "<p>{{ object.title }}</p><p>{{ object.notes }}</p><p>{{ object.price }}</p>",
    "rows": "{% for row in object_list %}<p><a href='{{ row.get_absolute_url }}'>{{ row.title }}</a></p>{% endfor %}",
    "form": "<form method='post'>{% csrf_token %}{{ form.as_p }}<button>Save</button></form>",
}
MODULE = '''"""Module {number} of a larger shop."""

import os

from django.http import JsonResponse
from django.shortcuts import render

LIMIT_{number} = int(os.environ.get("LIMIT_{number}", "10"))


def listing_{number}(request):
    """What there is, {number}."""
    rows = [row for row in request.session.get("rows", ()) if row["count"] < LIMIT_{number}]
    return JsonResponse({{"rows": rows}})


class Basket{number}:
    def __init__(self, owner):
        self.owner, self.lines = owner, []

    def add(self, name, count=1):
        self.lines.append({{"name": name, "count": count}})
        return sum(line["count"] for line in self.lines)


def page_{number}(request):
    return render(request, "shop/page_{number}.html", {{"basket": Basket{number}(request.user)}})
'''
STYLE = ".page-{number} .title {{ color: #333; margin: {number}px auto; }}\n"
SCRIPT = "export function open{number}(element) {{\n  element.classList.toggle('open-{number}');\n}}\n"
TEMPLATE = "{{% load static %}}<!doctype html>\n<title>Page {number}</title>\n<p>{{{{ basket.owner }}}}</p>\n"


def _app(app: str, names: Sequence[str], routes: Sequence[str] = ROUTES) -> Files:
    """An app with a model, an admin page and *routes* for each of *names*."""

    def each(text: str) -> str:
        return "".join(text.format(app=app, name=name, lower=name.lower()) for name in names)

    yield f"{app}/__init__.py", ""
    yield f"{app}/apps.py", CONFIG.format(app=app)
    yield f"{app}/models.py", "from django.db import models\n" + each(MODEL)
    yield f"{app}/admin.py", "from django.contrib import admin\n\nfrom . import models\n" + each(ADMIN)
    yield f"{app}/views.py", VIEWS_HEAD + each(VIEWS)
    patterns = "".join(each(route) for route in routes)
    yield f"{app}/urls.py", f"from django.urls import path\n\nfrom . import views\n\nurlpatterns = [\n{patterns}]\n"
    yield f"{app}/migrations/__init__.py", ""
    yield f"{app}/migrations/0001_initial.py", MIGRATION.format(needs="", operations=each(CREATE))


def _shared() -> Files:
    for name, body in TEMPLATES.items():
        yield f"templates/shared/{name}.html", PAGE.format(title=name.title(), body=body)


def patterns(count: int) -> Files:
    """*count* URL patterns of one app, ten for each model."""
    yield from _shared()
    yield from _app("catalogue", [f"Thing{number}" for number in range(count // len(ROUTES))])


def texts(count: int) -> Files:
    """*count* files: of ten, six are Python modules, two templates, and two static files."""
    for number in range(count):
        match number % 10:
            case 0 | 1:
                yield f"templates/shop/page_{number}.html", TEMPLATE.format(number=number)
            case 2:
                yield f"static/shop/style_{number}.css", STYLE.format(number=number)
            case 3:
                yield f"static/shop/script_{number}.js", SCRIPT.format(number=number)
            case _:
                yield f"warehouse/module_{number}.py", MODULE.format(number=number)


def apps(count: int) -> Files:
    """*count* apps, each with a model, its admin, a migration and three URL patterns."""
    yield from _shared()
    for number in range(count):
        yield from _app(f"part{number}", [f"Row{number}"], ROUTES[:3])


def migrations(count: int) -> Files:
    """One app with *count* migrations. All but the first change a field."""
    yield from _shared()
    yield from _app("history", ["Entry"], ROUTES[:3])
    before = "0001_initial"
    for number in range(2, count + 1):
        name, operations = f"{number:04}_title", CHANGED.format(name="entry", length=120 + number % 2)
        if number == count:
            operations = CHANGED.format(name="entry", length=120)
        yield (
            f"history/migrations/{name}.py",
            MIGRATION.format(needs=f'("history", "{before}")', operations=operations),
        )
        before = name


def start(root: Path) -> None:
    """Make a small project in the new folder *root*, in a repository of its own."""
    for name, text in BASE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    in_git(root)


@dataclass(frozen=True)
class Kind:
    """Something about a project that grows: its *title* in the plural, the *sizes*, and the files of a size."""

    name: str
    title: str
    sizes: tuple[int, ...]
    files: Callable[[int], Files]
    apps: Callable[[int], list[str]] = lambda count: []

    def grow(self, root: Path, count: int) -> None:
        """Add *count* of this kind to the project in *root*, and commit it."""
        for name, text in self.files(count):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if added := self.apps(count):
            with (root / PACKAGE / "settings.py").open("a") as settings:
                settings.write(f"\nINSTALLED_APPS += {added!r}\n")
            routes = "".join(f"    path('{app}/', include('{app}.urls')),\n" for app in added)
            with (root / PACKAGE / "urls.py").open("a") as urls:
                urls.write(f"\nurlpatterns += [\n{routes}]\n")
        subprocess.run(["git", "add", "--all"], cwd=root, check=True)
        subprocess.run(["git", "commit", "--quiet", "-m", f"{count} {self.title}"], cwd=root, check=True)


KINDS = (
    Kind("patterns", "URL patterns", (10, 100, 1000), patterns, lambda count: ["catalogue"]),
    Kind("files", "files", (10, 100, 1000, 5000), texts),
    Kind("apps", "apps", (3, 30, 200), apps, lambda count: [f"part{number}" for number in range(count)]),
    Kind("migrations", "migrations", (1, 50, 500), migrations, lambda count: ["history"]),
)
