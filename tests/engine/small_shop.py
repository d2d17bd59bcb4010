"""A project with the folders of the sample and little in them. It loads in a third of the time."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import in_git

SETTINGS = """\
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.getenv('DJANGO_SECRET_KEY', 'django-insecure-4k!x9v2k4m6q8w1e3r5t7y9u0i2o4p6a8s1')
DEBUG = os.getenv('DEBUG', 'True') == 'True'
ALLOWED_HOSTS = ['localhost']
INSTALLED_APPS = []
MIDDLEWARE = ['django.middleware.security.SecurityMiddleware', 'django.middleware.common.CommonMiddleware']
ROOT_URLCONF = 'election_cart.urls'
WSGI_APPLICATION = 'election_cart.wsgi.application'
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'DIRS': [BASE_DIR / 'templates']}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
"""
MANAGE = """\
import os

if __name__ == '__main__':
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'election_cart.settings')
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
WSGI = """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'election_cart.settings')
application = get_wsgi_application()
"""
FILES = {
    "manage.py": MANAGE, "requirements.txt": "Django>=4.2\n", "election_cart/__init__.py": "",
    "election_cart/settings.py": SETTINGS, "election_cart/wsgi.py": WSGI, "election_cart/urls.py": "urlpatterns = []\n",
    "templates/home.html": "<h1>Shop</h1>\n",
}  # fmt: skip


def write(folder: Path) -> Path:
    """Write the project to a repository in *folder*. Returns the folder of its manage.py."""
    for name, text in FILES.items():
        path = folder / "backend" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    in_git(folder)
    return folder / "backend"
