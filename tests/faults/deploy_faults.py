"""Faults in what is deployed and how: the Procfile, the .env files, git, the database, views, permissions, uploads."""

from __future__ import annotations

from tests.faults.fault import Fault, append, committed, delete, git, mode, replace, without_line

SETTINGS = "election_cart/settings.py"

FAULTS = [
    Fault("Procfile: a typo in the program",
          committed("Procfile", replace("Procfile", "exec gunicorn", "exec gunicron")),
          items={"16.1"}, says=["gunicron"], where="Procfile"),
    Fault("Procfile: no web process", replace("Procfile", "web: ", "www: "),
          items={"16.1", "16.2"}, says=["web"], where="Procfile"),
    Fault("Procfile: deleted", delete("Procfile"), items={"16.1"}, says=["Procfile"], where="Procfile"),
    Fault("Procfile: no migrate",
          committed("Procfile", replace("Procfile", "python manage.py migrate --noinput && ", "")),
          items={"16.1", "17.1"}, says=["missing: migrate", "migrations not applied"], where="Procfile"),
    Fault(".env.production: readable by others", mode(".env.production", 0o644),
          items={"1.2"}, says=["644"], where=".env.production"),
    Fault(".gitignore: .env.production is not ignored", without_line("../.gitignore", ".env.production"),
          items={"1.2", "1.5"}, says=["ignored"], where=".env.production"),
    Fault("git: .env.production is tracked", git("add", "--force", ".env.production"),
          items={"1.2", "1.5"}, says=["tracked"], where=".env.production"),
    Fault("requirements.txt: gunicorn is missing",
          committed("requirements.txt", without_line("requirements.txt", "gunicorn")),
          items={"8.1"}, says=["gunicorn"], where="requirements.txt"),
    Fault("settings: a syntax error", append(SETTINGS, "\nDEBUG = (\n"),
          items={"3.3", "4.4"}, says=["SyntaxError"], where="settings.py:"),
]  # fmt: skip
