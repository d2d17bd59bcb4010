"""Faults in what is deployed and how: the Procfile, the .env files, git, the database, views, permissions, uploads."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, committed, delete, every, git, mode, replace, without_line, write

SETTINGS = "election_cart/settings.py"
PRODUCTION = ".env.production"
SERVER = "exec gunicorn election_cart.wsgi:application --bind 0.0.0.0:${PORT:-8000} --access-logfile -"


def procfile(old: str, new: str) -> Edit:
    """Replace *old* in the Procfile, and commit it."""
    return committed("Procfile", replace("Procfile", old, new))


START = [
    Fault("Procfile: a typo in the program", procfile("exec gunicorn", "exec gunicron"),
          items={"16.1"}, says=["gunicron"], where="Procfile"),
    Fault("Procfile: no web process", replace("Procfile", "web: ", "www: "),
          items={"16.1", "16.2"}, says=["www"], where="Procfile"),
    Fault("Procfile: deleted", delete("Procfile"),
          items={"16.1"}, says=["Procfile"], where="Procfile"),
    Fault("Procfile: empty", committed("Procfile", write("Procfile", "")),
          items={"16.1"}, says=["Procfile"], where="Procfile"),
    Fault("Procfile: no space after the colon", procfile("web: ", "web:"),
          items={"16.1"}, says=["space after the colon"], where="Procfile"),
    Fault("Procfile: no migrate", procfile("python manage.py migrate --noinput && ", ""),
          items={"16.1", "17.1"}, says=["migrate"], where="Procfile"),
    Fault("Procfile: migrate in a release line",
          committed("Procfile", write("Procfile", "release: python manage.py migrate --noinput\nweb: python manage.py "
                                                  f"collectstatic --noinput && {SERVER}\n")),
          items={"16.1", "17.1"}, says=["migrate"], where="Procfile"),
    Fault("Procfile: a typo in migrate", procfile("migrate --noinput", "migrat --noinput"),
          items={"16.1"}, says=["migrat"], where="Procfile"),
    Fault("Procfile: no collectstatic", procfile("python manage.py collectstatic --noinput && ", ""),
          items={"16.1"}, says=["collectstatic"], where="Procfile"),
    Fault("Procfile: no exec", procfile("exec gunicorn", "gunicorn"),
          items={"16.1", "17.1"}, says=["exec"], where="Procfile"),
    Fault("Procfile: another module", procfile("election_cart.wsgi", "electioncart.wsgi"),
          items={"16.1"}, says=["electioncart"], where="Procfile"),
    Fault("Procfile: another name in the module", procfile("wsgi:application", "wsgi:app"),
          items={"16.1"}, says=["app"], where="Procfile"),
    Fault("Procfile: a fixed port", procfile("0.0.0.0:${PORT:-8000}", "0.0.0.0:8000"),
          items={"16.1"}, says=["8000"], where="Procfile"),
    Fault("Procfile: listens on loopback only", procfile("0.0.0.0:${PORT:-8000}", "127.0.0.1:${PORT:-8000}"),
          items={"16.1"}, says=["127.0.0.1"], where="Procfile"),
    Fault("Procfile: no worker", procfile("--bind", "--workers 0 --bind"),
          items={"16.1"}, says=["workers 0"], where="Procfile"),
    Fault("Procfile: more workers than connections", procfile("--bind", "--workers 200 --bind"),
          items={"16.1"}, says=["200"], where="Procfile"),
    Fault("Procfile: a timeout of one second", procfile("--bind", "--timeout 1 --bind"),
          items={"16.1"}, says=["timeout 1"], where="Procfile"),
    Fault("Procfile: the development server", procfile(SERVER, "exec python manage.py runserver 0.0.0.0:$PORT"),
          items={"16.1"}, says=["runserver"], where="Procfile"),
    Fault("Procfile: another log level, not committed", replace("Procfile", "--bind", "--log-level warning --bind"),
          items={"16.2"}, says=["not committed"], where="Procfile"),
    Fault("wsgi.py raises an error", append("election_cart/wsgi.py", "\nraise RuntimeError('no licence')\n"),
          items={"17.1"}, says=["no licence"], where="wsgi.py"),
]  # fmt: skip

VARIABLES = [
    Fault(".env.production: readable by others", mode(PRODUCTION, 0o644),
          items={"1.2"}, says=["644"], where=PRODUCTION),
    Fault(".env.production: no secret key", without_line(PRODUCTION, "DJANGO_SECRET_KEY"),
          items={"1.1", "1.2", "15.1"}, says=["DJANGO_SECRET_KEY"], where=PRODUCTION),
    Fault(".env.production: deleted", delete(PRODUCTION),
          items={"1.1", "1.2", "1.4", "15.1"}, says=["DJANGO_SECRET_KEY"], where=PRODUCTION),
    Fault(".env.production: a comment, and CRLF at the end", append(PRODUCTION, "# Asia\r\n"), items=set()),
    Fault(".env.production: DATABASE_URL of SQLite", append(PRODUCTION, "DATABASE_URL=sqlite:///db.sqlite3\n"),
          items={"13.1"}, says=["SQLite"], where=PRODUCTION),
    Fault(".env.production: every host", append(PRODUCTION, "ALLOWED_HOSTS=*\n"),
          items={"15.3"}, says=["*"], where=PRODUCTION),
    Fault(".env.production: a frontend without TLS",
          append(PRODUCTION, "CORS_ALLOWED_ORIGINS=http://shop.example.com\n"),
          items={"15.10"}, says=["http://shop.example.com"], where=PRODUCTION),
    Fault("settings: every host", append(SETTINGS, "\nALLOWED_HOSTS = ['*']\n"),
          items={"15.3"}, says=["*"], where="settings.py:"),
    Fault("settings: every origin", append(SETTINGS, "\nCORS_ALLOW_ALL_ORIGINS = True\n"),
          items={"15.10"}, says=["CORS_ALLOW_ALL_ORIGINS"], where="settings.py:"),
    Fault("settings: an origin without TLS", append(SETTINGS, "\nCORS_ALLOWED_ORIGINS = ['http://shop.example.com']\n"),
          items={"15.10"}, says=["http://shop.example.com"], where="settings.py:"),
    Fault("settings: no CORS middleware", without_line(SETTINGS, "corsheaders.middleware.CorsMiddleware"),
          items={"15.10"}, says=["CorsMiddleware"], where="settings.py:"),
]  # fmt: skip

REPOSITORY = [
    Fault(".gitignore: .env.production is not ignored", without_line("../.gitignore", ".env.production"),
          items={"1.2", "1.5"}, says=["ignored"], where=PRODUCTION),
    Fault("git: .env.production is tracked", git("add", "--force", PRODUCTION),
          items={"1.2", "1.5"}, says=["tracked"], where=PRODUCTION),
    Fault("git: .env is tracked", every(git("add", "--force", ".env"), git("commit", "-qm", "Keep it", "--", ".env")),
          items={"1.5"}, says=["tracked: backend/.env"], where=".env"),
    Fault("git: the log is tracked", git("add", "--force", "logs/django.log"),
          items={"4.3"}, says=["logs"], where="logs"),
    Fault("git: a detached head", git("checkout", "--quiet", "--detach"), items=set()),
    Fault("requirements.txt: deleted", delete("requirements.txt"),
          items={"8.1", "8.2"}, says=["requirements.txt"], where="requirements.txt"),
    Fault("requirements.txt: gunicorn is missing",
          committed("requirements.txt", without_line("requirements.txt", "gunicorn")),
          items={"8.1"}, says=["gunicorn"], where="requirements.txt"),
    Fault("settings: a syntax error", append(SETTINGS, "\nDEBUG = (\n"),
          items={"3.3", "4.4"}, says=["SyntaxError"], where="settings.py:"),
    Fault("requirements.txt: WhiteNoise is missing",
          committed("requirements.txt", without_line("requirements.txt", "whitenoise")),
          items={"8.1"}, says=["whitenoise"], where="requirements.txt"),
    Fault("requirements.txt: no such version",
          committed("requirements.txt", replace("requirements.txt", "Django==4.2.30", "Django==4.2.999")),
          items={"8.1"}, says=["4.2.999"], where="requirements.txt:"),
    Fault("requirements.txt: a comment, not committed", append("requirements.txt", "# more to come\n"),
          items={"8.2"}, says=["uncommitted"], where="requirements.txt"),
]  # fmt: skip

MODEL = "\n\nclass Coupon(models.Model):\n    code = models.CharField(max_length=20)\n"
BROKEN_MIGRATION = """from django.db import migrations


def stop(apps, schema_editor):
    raise RuntimeError('no coupons yet')


class Migration(migrations.Migration):
    dependencies = [('orders', '0001_initial')]
    operations = [migrations.RunPython(stop)]
"""

DATABASE = [
    Fault("database: always SQLite",
          append(SETTINGS, "\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', "
                           "'NAME': BASE_DIR / 'db.sqlite3'}}\n"),
          items={"13.1"}, says=["ignores"], where="settings.py:"),
    Fault("database: another variable", replace(SETTINGS, "if os.getenv('DATABASE_URL'):", "if os.getenv('DB_URL'):"),
          items={"13.1"}, says=["ignores"], where="settings.py:"),
    Fault("database: a model without a migration", append("products/models.py", MODEL),
          items={"13.2"}, says=["products"], where="products/models.py"),
    Fault("database: a migration fails", write("orders/migrations/0002_stop.py", BROKEN_MIGRATION),
          items={"13.2"}, says=["no coupons yet"], where="0002_stop.py"),
    Fault("database: a migration is missing", delete("cart/migrations/0001_initial.py"),
          items={"13.2"}, says=["cart"], where="cart"),
]  # fmt: skip

USE = [
    Fault("golive.yaml: a flow is removed", replace("golive.yaml", 'item: "21.6"', 'item: "21.5"'),
          items={"21.6"}, says=["21.6"], where="golive.yaml"),
    Fault("golive.yaml: no YAML", append("golive.yaml", "flows: [\n"), error="golive.yaml"),
    Fault("view: the cart's total", replace("cart/views.py", "str(sum(item.subtotal for item in items))", "'0.00'"),
          items={"21.10"}, says=["'0.00'"], where="cart/views.py"),
    Fault("view: the cart needs no login",
          replace("authentication/views.py", "@permission_classes([IsAuthenticated])\ndef me(request):\n    return "
                  "Response(UserSerializer(request.user).data)",
                  "@permission_classes([AllowAny])\ndef me(request):\n    return "
                  "Response({'username': request.user.get_username()})"),
          items={"21.3"}, says=["401"], where="authentication/views.py"),
    Fault("view: sign-up answers 200",
          replace("authentication/views.py", "status=status.HTTP_201_CREATED", "status=200"),
          items={"21.1"}, says=["200"], where="authentication/views.py"),
    Fault("view: customers see the staff's orders",
          replace("admin_panel/views.py", "return request.user.is_authenticated and request.user.works_here",
                  "return request.user.is_authenticated"),
          items={"21.18"}, says=["403"], where="admin_panel/views.py"),
    Fault("view: the staff see no orders",
          replace("admin_panel/views.py", "return request.user.is_authenticated and request.user.works_here",
                  "return False"),
          items={"21.18", "21.19", "21.20"}, says=["403"], where="admin_panel/views.py"),
    Fault("view: the packages raise an error", replace("products/views.py", "def packages(request):\n",
                                                       "def packages(request):\n    raise RuntimeError('sold out')\n"),
          items={"18.6", "21.5"}, says=["500"], where="products/views.py"),
    Fault("view: a campaign's details raise an error",
          replace("products/views.py", "def campaign_detail(request, pk):\n",
                  "def campaign_detail(request, pk):\n    raise RuntimeError('sold out')\n"),
          items={"21.7", "24.1", "24.4"}, says=["500"], where="products/views.py"),
    Fault("view: a slow list", replace("products/views.py", "def packages(request):\n",
                                       "def packages(request):\n    import time; time.sleep(2)\n"),
          items={"22.1"}, says=["/api/packages/"], where="products/views.py"),
    Fault("view: a forged payment counts",
          replace("orders/payments.py", "hmac.compare_digest(expected, signature)", "bool(expected)"),
          items={"18.8", "21.14"}, says=["400"], where="orders/views.py"),
    Fault("view: uploads of 1 MB", replace("orders/views.py", "MAX_UPLOAD = 10 *", "MAX_UPLOAD = 1 *"),
          items={"18.7", "21.15", "22.2"}, says=["400"], where="orders/views.py"),
    Fault("storage: uploads stay on the server's disk",
          append(SETTINGS, "\nSTORAGES['default'] = {'BACKEND': 'django.core.files.storage.FileSystemStorage'}\n"),
          items={"22.3", "24.3"}, says=["/media/"], where="settings.py:"),
    Fault("admin: removed", without_line("election_cart/urls.py", "admin.site.urls"),
          items={"21.17"}, says=["404"], where="golive.yaml:"),
    Fault("admin: open to everyone",
          append("election_cart/urls.py", "\nadmin.site.has_permission = lambda request: True\n"),
          items={"18.5"}, says=["200"], where="urls.py"),
    Fault("login: a backend that accepts no password",
          append(SETTINGS, "\nAUTHENTICATION_BACKENDS = ['django.contrib.auth.backends.RemoteUserBackend']\n"),
          items={"18.5", "21.2", "21.4", "21.17"}, says=["401"], where="settings.py:"),
]  # fmt: skip

FAULTS = [*START, *VARIABLES, *REPOSITORY, *DATABASE, *USE]
