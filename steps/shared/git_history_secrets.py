"""Secrets in the git history, and where to revoke each: a new value does not make the old one harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.base.secrets import is_secret_name, remember
from wizard.editing import dotenv
from wizard.plan.actions import Finding
from wizard.project.project import Project
from wizard.project.secret_search import in_lines

ISSUERS = (
    (r"RAZORPAY", "Razorpay's dashboard, Account & Settings, API keys"),
    (r"CLOUDINARY", "Cloudinary's console, Settings, API keys"),
    (r"AWS|S3_|BOTO", "the IAM console, Security credentials, Access keys"),
    (r"STRIPE", "Stripe's dashboard, Developers, API keys"),
    (r"PAYPAL", "PayPal's developer dashboard, Apps & Credentials"),
    (r"TWILIO", "Twilio's console, API keys & tokens"),
    (r"SENTRY", "Sentry, Settings, Auth Tokens (a DSN: the project's Client Keys)"),
    (r"GITHUB|GITLAB", "the account's developer settings, tokens"),
    (r"GOOGLE|GCP|FIREBASE", "the Google Cloud console, APIs & Services, Credentials"),
    (r"OPENAI|ANTHROPIC", "the provider's console, API keys"),
    (r"EMAIL|SMTP|SENDGRID|MAILGUN|POSTMARK|BREVO|ANYMAIL", "the mail provider: a new password or key"),
    (r"REDIS|RABBIT|BROKER|CELERY|CACHE", "the server of the queue or cache: a new password"),
    (
        r"^DB_|DATABASE|POSTGRES|^PG|MYSQL|MONGO",
        "the database itself: ALTER ROLE … PASSWORD (MySQL: ALTER USER … IDENTIFIED BY)",
    ),
)
"""Where to revoke a secret, by a pattern of its name. The first match wins."""
OURS = re.compile(r"^(DJANGO_)?SECRET_KEY$|SIGNING_KEY$|JWT\w*(KEY|SECRET)$")
"""The site's own signing keys. An old one is harmless once the site no longer uses it."""
ENV_FILES = ":(top,glob)**/.env*"
TEMPLATES = (".example", ".sample", ".template", ".dist")
SECRET = re.compile(r"(PASSWORD|PASSWD|_PASS|SECRET|TOKEN|DSN|KEY|_URL)$", re.I)
"""Names of variables that hold a secret. A URL counts only if it contains a password."""
URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^:/@\s]*:[^@/\s]+@")
SHORTEST = 6


def explain_revocation(name: str) -> str:
    """Say where to revoke the old value of the secret *name*."""
    if OURS.search(name):
        return "nothing to revoke, because Golive generates a new key"
    place = next((place for pattern, place in ISSUERS if re.search(pattern, name, re.I)), "where it was issued")
    return f"revoke it: {place}"


def find_in_env_files(project: Project) -> Iterator[Finding]:
    """Yield each secret that a .env file in the git history contains, with its commits and where to revoke it."""
    if not project.git:
        return
    secrets: dict[str, list[str]] = {}
    for commit, patch in project.git.history((ENV_FILES,)):
        for name in _secrets(patch):
            secrets.setdefault(name, []).append(commit)
    for name, commits in sorted(secrets.items()):
        listed = ", ".join(commits[:3]) + " …" * (len(commits) > 3)
        text = f"{name} is in a .env file in the git history ({listed}): {explain_revocation(name)}"
        yield Finding(text, warning=True)


def _secrets(patch: str) -> set[str]:
    """Return the names of secrets in lines that *patch* adds or removes. Skips templates such as .env.example."""
    found: set[str] = set()
    template = False
    for line in patch.splitlines():
        if line.startswith("diff --git "):
            template = line.endswith(TEMPLATES)
        elif not template and line[:1] in {"+", "-"} and not line.startswith(("+++", "---")):
            for name, value in dotenv.values(line[1:].encode("utf-8", "replace")).items():
                if SECRET.search(name) and _is_secret(name, value):
                    remember(value)
                    found.add(name)
    return found


def _is_secret(name: str, value: str) -> bool:
    if name.upper().endswith("URL"):
        return bool(URL_WITH_PASSWORD.match(value)) and "@localhost" not in value and "@127.0.0.1" not in value
    if not is_secret_name(name):
        return False
    return len(value) >= SHORTEST and "test" not in value.lower() and not value.startswith(("<", "$", "changeme"))


def is_env_file(path: Path) -> bool:
    """Whether *path* is a .env file by its name. Templates such as .env.example are none."""
    return (path.name.startswith(".env") or path.suffix == ".env") and not path.name.endswith(TEMPLATES)


def tracked_env_files(project: Project, *, with_secrets: bool = False) -> set[Path]:
    """The .env files that git tracks. *with_secrets*: others such as production.env too, if they contain secrets."""
    if not project.git:
        return set()
    found = {path for path in project.git.tracked("*.env", "*.env.*", ".env", ".env.*") if is_env_file(path)}
    return {
        path
        for path in found
        if path.name.startswith(".env") or (with_secrets and path.is_file() and _has_secrets(path))
    }


def _has_secrets(path: Path) -> bool:
    """Whether the file has a secret, or can't be searched, for example because it is too large."""
    try:
        return any(True for _ in in_lines(files.text(path)))
    except EditError:
        return True
