"""Task 20, Security Testing: the headers graded, plain HTTP redirected, the login limited, seen from outside.

securityheaders.com has no interface for programs any more, so the grade is computed here by its public rules and by
those of MDN's HTTP Observatory. What both miss in a Django site is a Content-Security-Policy and a Permissions-Policy.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from steps.shared import packages, settings_block
from steps.shared.csp import build_policy, scan_templates
from steps.shared.rate_limited_views import KINDS, find_views, only_last_refused
from wizard.base import process
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.services import header_grades
from wizard.site.session import Site, asked_to_wait, counted, fresh_client
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

CSP_6, CSP = "django.middleware.csp.ContentSecurityPolicyMiddleware", "csp.middleware.CSPMiddleware"
PERMISSIONS = "django_permissions_policy.PermissionsPolicyMiddleware"
REDIRECTS = 5
"""Followed to the page that is graded, at most."""
WINDOW = 61.0
"""Seconds until a limit a minute has begun anew."""
INTEGRITY = (
    'give it src="https://…", crossorigin="anonymous" and integrity="sha384-…" with what '
    "`curl -s ADDRESS | openssl dgst -sha384 -binary | base64` prints, or serve a copy of your own"
)
FEATURES = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")


class SecurityTesting(Step):
    def inspect(self, project: Project) -> list[Finding]:
        missing = [
            name
            for name, there in (
                ("Content-Security-Policy", _has_csp(project)),
                ("Permissions-Policy", _has_permissions(project)),
            )
            if not there
        ]
        return [Finding("missing for an A: " + (", ".join(missing) or "nothing"), project.settings.main)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, lines, wanted, remarks = Draft(), list[str](), list[str](), list[str]()
        if not _has_csp(project):
            found = scan_templates(project)
            directives = [f'"{name}": {_listed(texts)},' for name, texts in build_policy(found).items()]
            if found.inline:
                remarks.append(
                    f"Scripts stand in the pages themselves ({found.inline}): they stay allowed, which costs a plus."
                )
            if found.plain:
                remarks.append(
                    f"{found.plain} loads over plain HTTP, which browsers refuse on a page that came by HTTPS: they "
                    "are told to ask by HTTPS. Write https:// there."
                )
            if project.django >= (6, 0):
                lines += [f'MIDDLEWARE = [*MIDDLEWARE, "{CSP_6}"]', "SECURE_CSP = {", *_indented(directives), "}"]
            elif project.django < (4, 2):  # what later versions of the package ask for
                wanted.append("django-csp<4")
                lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{CSP}"'))
                lines += [f"CSP_{name.upper().replace('-', '_')} = {_listed(texts)}"
                          for name, texts in build_policy(found).items()]  # fmt: skip
            else:
                wanted.append("django-csp>=4")
                lines += [
                    settings_block.append_to_list(project, "INSTALLED_APPS", '"csp"'),
                    settings_block.append_to_list(project, "MIDDLEWARE", f'"{CSP}"'),
                    "CONTENT_SECURITY_POLICY = {",
                    '    "DIRECTIVES": {',
                    *_indented(_indented(directives)),
                    "    }",
                    "}",
                ]
        if not _has_permissions(project):
            wanted.append("django-permissions-policy")
            features = _indented([f'"{name}": [],' for name in FEATURES])
            lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{PERMISSIONS}"'))
            lines += ["PERMISSIONS_POLICY = {", *features, "}"]
        if lines:
            title = "Browsers load scripts from this site only, and give it no sensors."
            settings_block.append(
                project, draft, title, lines, "the two headers Django doesn't send", only_production=True
            )
        sent: list[Action] = []
        if wanted:
            sent = packages.add_packages(project, tuple(wanted), "they send the headers", answers)
        edits, there = draft.actions(), sandbox.target
        deployed = there.actions(Stage.SECURITY, changed=bool(edits))
        return Plan.of(*sent, *edits, *deployed, remarks=(*remarks, *there.remarks(Stage.SECURITY)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield from self._headers(project, sandbox, site)
            yield from self._redirect(sandbox, site)
            rate = int(answers.get("rates.login", KINDS[0].rate).split("/")[0])
            yield from self._limits(project, sandbox, site, rate)

    def _headers(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        path, page = self._page(project, site)
        told = f"https://{site.host}{path} answers {page.status_code}"
        yield sandbox.evidence("20.1", page.status_code < 400, "request", "the page that is graded", told)
        letter, missing, warnings = header_grades.six_headers(page)
        plain = site.get(path, https=False)
        origin = "https://http-observatory.security.mozilla.org"
        cors = site.request("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
        found = header_grades.grade(
            page, host=site.host, redirects=[plain.headers.get("location", "")], cors=cors, body=page.text
        )
        present = len(header_grades.SIX) - len(missing)
        yield sandbox.evidence(
            "20.2", present > 0, "request", "the six headers", f"{present} of {len(header_grades.SIX)} are sent"
        )
        told = f"{letter} by the six headers" + (f" (missing {', '.join(missing)})" if missing else "")
        told += f"; {found.letter} with {found.score} points by {header_grades.RULES}, computed here"
        yield sandbox.evidence("20.3", letter in {"A", "A+"}, "request", f"https://{site.host}{path}", told)
        seen, theirs = scan_templates(project), []
        if seen.inline:
            theirs.append(f"scripts stand in the pages themselves, first in {seen.inline}")
        if any(test.name == "subresource-integrity" for test in found.costs()):
            theirs.append(f"{seen.unproven or 'a page'} takes a script from elsewhere as it comes: {INTEGRITY}")
        pages = {"subresource-integrity"} | ({"content-security-policy"} if seen.inline else set())
        own = [test for test in found.costs() if test.name not in pages] or (warnings if not seen.inline else [])
        costs = [*(f"{test.name}: {test.outcome} ({test.points})" for test in found.costs()), *warnings]
        told = "; ".join([*costs, *theirs]) or "nothing"
        if costs and not own:  # what is left stands in pages that somebody wrote
            yield waiting("20.4", "what costs points", told)
        else:
            yield sandbox.evidence("20.4", not costs, "request", "what costs points", told)

    def _page(self, project: Project, site: Site) -> tuple[str, httpx.Response]:
        """The page to grade: the start page, or where there is none the admin's login or the health check.

        Where it leads on, the page it leads to, as for a browser.
        """
        admin = [url.path for url in project.urls if url.name == "admin:login"]
        asked = [(path, site.get(path)) for path in ("/", *admin, "/health/")]
        path, page = next((each for each in asked if each[1].status_code in {200, 301, 302, 401, 403}), asked[-1])
        for _ in range(REDIRECTS):
            if not page.is_redirect:
                break
            there = httpx.URL(f"https://{site.host}{path}").join(page.headers["location"])
            if there.host != site.host:
                break
            path = there.raw_path.decode()
            page = site.get(path)
        return path, page

    def _redirect(self, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        answer = site.get("/health/", https=False)
        yield sandbox.evidence(
            "20.5", answer.status_code < 500, "request", f"GET http://{site.host}/health/", f"{answer.status_code}"
        )
        answer = site.get("/", https=False)
        where = answer.headers.get("location", "")
        yield sandbox.evidence(
            "20.6",
            answer.is_redirect,
            "request",
            f"http://{site.host}/",
            f"{answer.status_code} to {where or 'nowhere'}",
        )
        yield sandbox.evidence(
            "20.7", where.startswith(f"https://{site.host}/"), "request", "where it leads", where or "nowhere"
        )

    def _limits(self, project: Project, sandbox: Sandbox, site: Site, rate: int) -> Iterator[Evidence]:
        if not sandbox.target.acting:
            return  # six failed logins from this address were seen once; a look sends none
        logins = [found.url for found in find_views(project, KINDS[0]) if not found.mutation]
        if not logins:
            for item in ("20.8", "20.9", "20.10"):
                yield not_applicable(item, "all URL patterns were searched", "there is no login")
            return
        # A window's edge, or logins of before in it, are met by a second try: as another client, or after the window.
        tries: list[list[httpx.Response]] = []
        while not tries or (len(tries) < 2 and not only_last_refused(tries[-1])):
            if tries and site.public:  # one client only: it waits as long as it was told to
                process.pause(asked_to_wait(tries[-1][-1]) or WINDOW)
            client = fresh_client()
            headers_sent = site.form(logins[0].path, client)
            body = {"username": "golive-nobody", "password": "not-the-password"}
            sent = [site.post(logins[0].path, client=client, headers=headers_sent, data=body) for _ in range(rate + 1)]
            tries.append(sent)
        told = "; a window later ".join(counted(answer.status_code for answer in each) for each in tries)
        told = f"POST {logins[0].path}: {told}"
        statuses = [answer.status_code for answer in tries[-1]]
        if site.public:
            yield sandbox.evidence("20.8", 429 in statuses, "request", "from the address of this machine", told)
        else:
            other = site.post(logins[0].path, client=fresh_client(), headers=headers_sent, data=body).status_code
            yield sandbox.evidence("20.8", other != 429, "request", "another client meanwhile", f"{other}")
        yield sandbox.evidence("20.9", not {404, 405} & set(statuses), "request", f"{rate + 1} rapid logins", told)
        yield sandbox.evidence(
            "20.10",
            only_last_refused(tries[-1]),
            "request",
            "the last of them",
            f"{statuses[-1]}",
        )


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _listed(texts: list[str]) -> str:
    """The value of a directive; one that takes no sources is only on."""
    return f"[{', '.join(map(_quoted, texts))}]" if texts else "True"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _has_csp(project: Project) -> bool:
    chain = [str(each) for each in project.value("MIDDLEWARE") or []]
    return any("csp" in each.lower() for each in chain)


def _has_permissions(project: Project) -> bool:
    return any("PermissionsPolicy" in str(each) for each in project.value("MIDDLEWARE") or [])


STEP = SecurityTesting
