"""The answers that Golive reads: from the `Question` calls in the code, and those whose names are computed there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOP = Path(__file__).parents[2]
YES_NO = ("no", "yes")


@dataclass(frozen=True)
class KnownAnswer:
    """One answer: the question, its default, and the choices if they are limited."""

    text: str
    default: str = ""
    choices: tuple[str, ...] = ()


COMPUTED = {
    "target": KnownAnswer("Where do you want to deploy? `local`, `railway`, or the target of a plug-in", "local"),
    "freeze": KnownAnswer("Write the output of `pip freeze` to the requirements file?", "no", YES_NO),
    "frontend": KnownAnswer("Address of a separate frontend, such as https://www.example.com, for CORS"),
    "rollback": KnownAnswer("Roll back to the last working deployment if a new one fails?", "no", YES_NO),
    "railway.link": KnownAnswer("Use an existing Railway project of the same name?", "no", YES_NO),
    "push": KnownAnswer("Push the branch after the commit of the Procfile?", "no", YES_NO),
    "report.404": KnownAnswer("Report missing pages (404) to Sentry, too?", "no", YES_NO),
    "seed": KnownAnswer("Load the fixture that `rehearsal.seed` in golive.yaml names into production?", "no", YES_NO),
    "migrate": KnownAnswer(
        "Run migrations at each start, or once before each deployment?", "start", ("start", "pre-deploy")
    ),
    "costs": KnownAnswer("Create resources that cost money?", "no", YES_NO),
    "commit": KnownAnswer("Commit the files that a task says it commits?", "yes", YES_NO),
    "break": KnownAnswer("Take the coffee break of task 6? Headless runs skip it", "", YES_NO),
    "railway.install": KnownAnswer("Run `npm install -g @railway/cli` if the command is missing?", "no", YES_NO),
    "railway.project": KnownAnswer("Name of the Railway project; by default the name of the repository's folder"),
    "railway.workspace": KnownAnswer("Railway workspace that pays; by default your only one"),
    "railway.service": KnownAnswer("Name of the Railway service", "web"),
    "sentry.organisation": KnownAnswer("Sentry organisation, if you have several"),
    "sentry.team": KnownAnswer("Sentry team that owns the project"),
    "sentry.project": KnownAnswer("Name of the Sentry project; by default the name of the repository's folder"),
    "superuser.username": KnownAnswer("User name of the site's superuser", "golive-admin"),
    "superuser.email": KnownAnswer("E-mail address of the site's superuser"),
    "tests": KnownAnswer("Run the project's own tests before the first change and after the last one?", "yes", YES_NO),
    "rates.login": KnownAnswer("Login attempts per client, such as 5/m for five a minute", "5/m"),
    "rates.signup": KnownAnswer("Sign-ups per client", "3/h"),
    "rates.order": KnownAnswer("Orders per user", "10/h"),
    "mail.provider": KnownAnswer(
        "The provider that sends the site's mail over HTTPS; `smtp` keeps your mail server, on Railway's Pro plan",
        "resend",
        ("resend", "postmark", "brevo", "mailgun", "amazon_ses", "smtp"),
    ),
    "mail.sender": KnownAnswer(
        "Address that the site's mail comes from; `site` is noreply at the site's public name, until you have a domain"
    ),
    "mail.dkim": KnownAnswer("Name (selector) of your domain's DKIM key, if your provider gives it one of its own"),
    "mail.test": KnownAnswer("Address of yours for one test message, if Golive does not know the API of your provider"),
    "uploads": KnownAnswer(
        "Where uploaded files should be kept; `keep` changes nothing",
        "bucket",
        ("bucket", "volume", "cloudinary", "keep"),
    ),
    "uploads.public": KnownAnswer("May everybody who knows its address fetch a file on a volume", "", ("yes", "no")),
    "uploads.region": KnownAnswer("Region of the bucket at Railway", "sjc", ("sjc", "iad", "ams", "sin")),
    "ssh": KnownAnswer("May Golive run commands in the running service, by `railway ssh`", "no", ("yes", "no")),
}
"""Answers whose question has a computed name, text or default in the code, or needs more words here."""


def _questions() -> Iterator[tuple[str, KnownAnswer]]:
    for path in sorted([*TOP.glob("steps/**/*.py"), *TOP.glob("wizard/targets/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Question"):
                continue
            first = node.args[0]
            if not isinstance(first, ast.Constant):
                continue
            _, text, default, *rest = node.args
            choices = next((part for part in rest if isinstance(part, ast.Tuple)), None)
            yield (
                str(first.value),
                KnownAnswer(
                    str(text.value) if isinstance(text, ast.Constant) else "",
                    str(default.value) if isinstance(default, ast.Constant) else "",
                    ast.literal_eval(choices) if choices is not None else (),
                ),
            )


@cache
def known_answers() -> dict[str, KnownAnswer]:
    """Return every answer by its name, sorted."""
    return dict(sorted({**dict(_questions()), **COMPUTED}.items()))
