"""Task 18, Test Deployment: the site as visitors meet it, through the edge; and the admin as its owner does."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator

from steps import journeys
from wizard.answers import Answers
from wizard.evidence import Evidence, not_applicable
from wizard.plan import Plan
from wizard.project import Project
from wizard.secrets import remember
from wizard.site import Site, fresh_client
from wizard.step import Step
from wizard.targets.local import LocalTarget

NAME = "golive-admin"


class TestDeployment(Step):
    __test__ = False  # the name is the checklist's

    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("Nothing is changed; the deployed site is used.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        with there.site() as site:
            health = site.get("/health/")
            yield target.seen(
                "18.1",
                health.status_code == 200,
                "request",
                f"GET https://{site.host}/health/",
                f"{health.status_code}",
            )
            right = (
                health.status_code == 200
                and "json" in health.headers.get("content-type", "")
                and health.json() == {"status": "healthy"}
            )
            yield target.seen("18.2", right, "request", "its body", health.text[:60])
            yield from self._admin(project, target, site)
            yield self._endpoints(project, target, site)
            _, outcomes = journeys.run_all(target, site)
            for item in ("18.7", "18.8"):
                yield journeys.evidence(target, item, outcomes)

    def _admin(self, project: Project, target: LocalTarget, site: Site) -> Iterator[Evidence]:
        login = next((url.path for url in project.urls if url.name == "admin:login"), "")
        if not login:
            for item in ("18.3", "18.4", "18.5"):
                yield not_applicable(item, "all URL patterns were searched", "there is no admin")
            return
        page = site.get(login)
        yield target.seen(
            "18.3", page.status_code == 200, "request", f"GET https://{site.host}{login}", f"{page.status_code}"
        )
        account = superuser(target)
        made = account.get("failed", "")
        yield target.seen(
            "18.4",
            not made,
            "command",
            "manage.py createsuperuser --noinput",
            made or f"{account['username']} is there",
        )
        if made:
            return
        client = fresh_client()
        sent = site.form(login, client)
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)',
            site.get(login, client=client, headers={"Cookie": sent["Cookie"]}).text,
        )
        data = {
            "username": account["username"],
            "password": account["password"],
            "csrfmiddlewaretoken": token[1] if token else "",
        }
        answer = site.post(f"{login}?next={login.removesuffix('login/')}", client=client, headers=sent, data=data)
        entered = answer.status_code == 302 and any("session" in name.lower() for name in answer.cookies)
        told = f"{answer.status_code}, a session cookie" if entered else f"{answer.status_code}, no session"
        yield target.seen("18.5", entered, "request", "the login form, with its token, origin and referer", told)

    def _endpoints(self, project: Project, target: LocalTarget, site: Site) -> Evidence:
        """Every address that can be asked for without a parameter answers, and none breaks."""
        answers = {path: site.get(path).status_code for path in addresses(project)}
        broken = [f"{path} {status}" for path, status in answers.items() if status >= 500]
        counted = ", ".join(f"{status} × {count}" for status, count in sorted(Counter(answers.values()).items()))
        told = f"{len(answers)} addresses: {counted}" if not broken else "broken: " + ", ".join(broken[:5])
        return target.seen("18.6", bool(answers) and not broken, "request", "every address without a parameter", told)


def addresses(project: Project, limit: int = 60) -> list[str]:
    """Addresses a visitor may ask for without doing harm: no parameters, no admin, nothing that only takes posts."""
    found = []
    for url in project.urls:
        parameters = re.search(r"<|\(\?P", url.route)
        acts = re.search(r"logout|delete|remove|unsubscribe|__debug__|static|media", url.route + (url.name or ""))
        posts_only = url.methods is not None and "get" not in url.methods
        if (
            not parameters
            and not acts
            and not posts_only
            and not (url.name or "").startswith("admin:")
            and url.path not in found
        ):
            found.append(url.path)
    return found[:limit]


def superuser(target: LocalTarget) -> dict[str, str]:
    """The owner's account in the deployed site, made once; `failed` says why there is none."""
    there = target.production
    if not there.superuser:
        user = there.project.look().get("user") or {"username": "username", "required": []}
        password = secrets.token_urlsafe(18)
        remember(password)
        fields = {name: _value(name) for name in {user["username"], *user["required"]}}
        environment = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in fields.items()}
        done = there.manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=password, **environment)
        there.superuser = {"username": fields[user["username"]], "email": _value("email"), "password": password}
        if done.returncode:
            there.superuser = {}
            return {"failed": done.last_lines(2)}
    return there.superuser


def _value(name: str) -> str:
    if "mail" in name:
        return "golive-admin@example.com"
    return "2000-01-01" if "date" in name or "birth" in name else "+15550100" if "phone" in name else NAME


STEP = TestDeployment
