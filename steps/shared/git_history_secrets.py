"""Secrets that git's history holds, and where each is revoked: a new value does not make the old one harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.base.secrets import remember
from wizard.editing import dotenv
from wizard.plan.actions import Finding
from wizard.project.project import Project

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
"""Where a secret is made invalid, by a part of its name; the first that matches."""
OURS = re.compile(r"^(DJANGO_)?SECRET_KEY$|SIGNING_KEY$|JWT\w*(KEY|SECRET)$")
"""Keys that are the site's own: one that signs nothing any more is worth nothing."""
ENV_FILES = ":(top,glob)**/.env*"
TEMPLATES = (".example", ".sample", ".template", ".dist")
SECRET = re.compile(r"(PASSWORD|PASSWD|_PASS|SECRET|TOKEN|DSN|KEY|_URL)$", re.I)
"""Names in .env files that are worth a look; of an address, only one with a password in it."""
URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^:/@\s]*:[^@/\s]+@")
SHORTEST = 6


def explain_revocation(name: str) -> str:
    """What makes the old secret called *name* harmless."""
    if OURS.search(name):
        return "nothing to revoke, a new key is made here"
    place = next((place for sign, place in ISSUERS if re.search(sign, name, re.I)), "where it was issued")
    return f"revoke it: {place}"


def find_in_env_files(project: Project) -> Iterator[Finding]:
    """Every secret that a .env file of the history held, with the commits and where it is revoked."""
    if not project.git:
        return
    held: dict[str, list[str]] = {}
    for commit, patch in project.git.history((ENV_FILES,)):
        for name in _secrets(patch):
            held.setdefault(name, []).append(commit)
    for name, commits in sorted(held.items()):
        told = ", ".join(commits[:3]) + " …" * (len(commits) > 3)
        text = f"{name} was in a .env file of git's history ({told}): {explain_revocation(name)}"
        yield Finding(text, warning=True)


def _secrets(patch: str) -> set[str]:
    """The names of secrets in lines that *patch* adds or removes, but for templates."""
    found: set[str] = set()
    template = False
    for line in patch.splitlines():
        if line.startswith("diff --git "):
            template = line.endswith(TEMPLATES)
        elif not template and line[:1] in {"+", "-"} and not line.startswith(("+++", "---")):
            for name, value in dotenv.values(line[1:].encode("utf-8", "replace")).items():
                if SECRET.search(name) and _is_one(name, value):
                    remember(value)
                    found.add(name)
    return found


def _is_one(name: str, value: str) -> bool:
    if name.upper().endswith("URL"):
        return bool(URL_WITH_PASSWORD.match(value)) and "@localhost" not in value and "@127.0.0.1" not in value
    return len(value) >= SHORTEST and "test" not in value.lower() and not value.startswith(("<", "$", "changeme"))
