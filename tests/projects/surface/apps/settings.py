import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "packages" / "site-packages"))
SECRET_KEY = "for these tests alone, and of fifty letters at the very least"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "bazaar", "debug_toolbar", "ledger"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
