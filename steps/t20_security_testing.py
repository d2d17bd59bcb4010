"""Task 20, Security Testing: grade the headers, and test the HTTPS redirect and the login rate limit from outside.

securityheaders.com no longer has an API, so Golive computes the grade by its public rules and by those of MDN's HTTP
Observatory. The headers for an A that Django does not set are Content-Security-Policy and Permissions-Policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from steps.shared import login_address, packages, sent_headers, session_cookies, settings_block
from steps.shared.csp import (
    TemplateContent,
    allows_inline_scripts,
    build_policy,
    read_pages,
    scan_static_files,
    scan_templates,
    setting_names,
)
from steps.shared.device_features import USES, unused_features
from steps.shared.existing_limits import rate_of
from steps.shared.leaving_forms import leaves_the_site
from steps.shared.limit_evasions import place_of_limit
from steps.shared.limit_evidence import FORGED, TRIES, forged_value, found_each_time
from steps.shared.problem import describe
from steps.shared.rate_limited_views import KINDS, find_views, only_last_refused
from wizard.base import process
from wizard.base.errors import StepError
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.urls import Url
from wizard.services import header_grades
from wizard.site.session import Site, new_client_address, retry_seconds, summarize_statuses
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

CSP_6, CSP = "django.middleware.csp.ContentSecurityPolicyMiddleware", "csp.middleware.CSPMiddleware"
PERMISSIONS = "django_permissions_policy.PermissionsPolicyMiddleware"
REDIRECTS = 5
"""The maximum number of redirects to follow to the page that is graded."""
WINDOW = 61.0
"""Seconds until a per-minute limit resets."""
INTEGRITY = (
    'give it src="https://…", crossorigin="anonymous" and integrity="sha384-…" with the output of '
    "`curl -s ADDRESS | openssl dgst -sha384 -binary | base64`, or serve your own copy"
)
EVERY_FRAME = "frame-ancestors of the CSP allows every site, and browsers ignore X-Frame-Options then"
WARNED = {"a short HSTS max-age": "strict-transport-security", "a leaky Referrer-Policy": "referrer-policy"}
"""The headers of warnings. The other warnings are about the Content-Security-Policy."""


@dataclass
class Additions:
    """Settings and packages that send a header: *lines* to append, *packages* to install, *remarks* for the plan."""

    lines: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class SecurityTesting(Step):
    def inspect(self, project: Project) -> list[Finding]:
        headers = {"Content-Security-Policy": _has_csp(project), "Permissions-Policy": _has_permissions(project)}
        missing = [name for name, is_set in headers.items() if not is_set]
        return [Finding("Headers missing for an A: " + (", ".join(missing) or "none"), project.settings.main)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        csp = Additions() if _has_csp(project) else _csp_additions(project, sandbox)
        permissions = Additions() if _has_permissions(project) else _permissions_additions(project)
        draft = Draft()
        if lines := [*csp.lines, *permissions.lines]:
            title = "Browsers load only what the pages use, and give the site no access to device features."
            why = "the two headers that Django does not set"
            settings_block.append(project, draft, title, lines, why, only_production=True)
        installs: list[Action] = []
        if wanted := (*csp.packages, *permissions.packages):
            installs = packages.add_packages(project, wanted, "they set the headers", answers)
        edits, target = draft.actions(), sandbox.target
        deployed = target.actions(Stage.SECURITY, changed=bool(edits))
        remarks = (*csp.remarks, *permissions.remarks, *target.remarks(Stage.SECURITY))
        return Plan.of(*installs, *edits, *deployed, remarks=remarks)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield from self._headers(project, sandbox, site)
            yield from self._cookies(project, sandbox, site)
            yield from self._redirect(project, sandbox, site)
            rate = int(rate_of(project, KINDS[0], answers).split("/")[0])
            yield from self._limits(project, sandbox, site, rate)

    def _headers(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        path, page = self._page(project, site)
        url = f"https://{site.host}{path}"
        showed = f"{url} responds with {page.status_code}"
        if page.status_code == 404 and (why := login_address.why_missing(project, path)):
            showed = f"{showed}: {why}"
        yield sandbox.evidence("20.1", page.status_code < 400, "request", "the page that is graded", showed)
        letter, missing, warnings = header_grades.six_headers(page)
        plain = site.get(path, https=False)
        asked = {"Origin": header_grades.ORIGIN, "Access-Control-Request-Method": "GET"}
        cors = site.request("OPTIONS", path, headers=asked)
        redirects = [plain.headers.get("location", "")]
        grade = header_grades.grade(page, host=site.host, redirects=redirects, cors=cors, body=page.text)
        total = len(header_grades.SIX)
        sent = total - len(missing)
        yield sandbox.evidence("20.2", sent > 0, "request", "the six headers", f"{sent} of {total} are sent")
        showed = f"{letter} by the six headers" + (f" (missing {', '.join(missing)})" if missing else "")
        showed += f"; {grade.letter} with {grade.score} points by {header_grades.RULES}, computed by Golive"
        where = sent_headers.place_of(project, missing[0], "none") if missing else ""
        yield sandbox.evidence(
            "20.3", letter in {"A", "A+"}, "request", url, showed,
            expected="A or A+, for which all six headers are sent", where=where,
        )  # fmt: skip
        templates = scan_templates(project)
        if not templates.inline and allows_inline_scripts(page):
            read_pages(project, sandbox, templates)
        if header_grades.allows_every_frame(page) and not templates.embedded:
            warnings.append(EVERY_FRAME)
        yield self._issues(project, sandbox, grade, warnings, templates, page)

    def _cookies(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        """What is wrong with the cookies of a visitor who logs in, and with the login form itself."""
        if found := session_cookies.problems(project, sandbox, site):
            expected, where = found[0].expected, found[0].where
            showed = describe(found)
            yield sandbox.evidence("20.4", False, "request", "a login", showed, expected=expected, where=where)

    def _issues(
        self, project: Project, sandbox: Sandbox, grade: header_grades.Grade, warnings: list[str],
        templates: TemplateContent, page: httpx.Response,
    ) -> Evidence:  # fmt: skip
        """The issues that lower the grade. The item stays open if only the project's templates can fix them."""
        costs = grade.costs()
        from_templates = []
        if templates.inline:
            from_templates.append(f"inline scripts, the first in {templates.inline}")
        if any(test.name == "subresource-integrity" for test in costs):
            where = templates.unproven or "a page"
            from_templates.append(f"{where} loads a script from another host without integrity: {INTEGRITY}")
        excused = {"subresource-integrity"} | ({"content-security-policy"} if templates.inline else set())
        fixable = [test for test in costs if test.name not in excused] or (warnings if not templates.inline else [])
        issues = [*(f"{test.name}: {test.outcome} ({test.points})" for test in costs), *warnings]
        showed = "; ".join([*issues, *from_templates]) or "nothing"
        if issues and not fixable:
            return waiting("20.4", "issues that lower the grade", showed)
        first = next(iter(fixable), "")
        if isinstance(first, header_grades.Test):
            expected, where = first.expected, sent_headers.place_of(project, first.name, first.outcome)
        else:
            name = WARNED.get(str(first), "content-security-policy")
            expected = "frame-ancestors with named sites" if first == EVERY_FRAME else header_grades.FIXES[name][0]
            where = sent_headers.place_of(project, name, page.headers.get(name, ""))
        return sandbox.evidence(
            "20.4", not issues, "request", "issues that lower the grade", showed, expected=expected, where=where
        )

    def _page(self, project: Project, site: Site) -> tuple[str, httpx.Response]:
        """The page to grade, after its redirects: the start page, or else the admin's login or the health check."""
        admin = [url.path for url in project.urls if url.name == "admin:login"]
        pages = [(path, site.get(path)) for path in ("/", *admin, "/health/")]
        path, page = next((each for each in pages if each[1].status_code in {200, 301, 302, 401, 403}), pages[-1])
        for _ in range(REDIRECTS):
            if not page.is_redirect:
                break
            location = httpx.URL(f"https://{site.host}{path}").join(page.headers["location"])
            if location.host != site.host:
                break
            path = location.raw_path.decode()
            page = site.get(path)
        return path, page

    def _redirect(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        status = site.get("/health/", https=False).status_code
        yield sandbox.evidence("20.5", status < 500, "request", f"GET http://{site.host}/health/", f"{status}")
        response = site.get("/", https=False)
        location = response.headers.get("location", "")
        showed = f"{response.status_code}, Location: {location or 'none'}"
        to_https = location.startswith(f"https://{site.host}/")
        expected = f"a redirect to https://{site.host}/"
        where = "" if to_https else sent_headers.place_of(project, "redirection", "none")
        ran, own = f"GET http://{site.host}/", "its Location header"
        yield sandbox.evidence("20.6", response.is_redirect, "request", ran, showed, expected=expected, where=where)
        found = location or "none"
        yield sandbox.evidence("20.7", to_https, "request", own, found, expected=expected, where=where)

    def _limits(self, project: Project, sandbox: Sandbox, site: Site, rate: int) -> Iterator[Evidence]:
        if not sandbox.target.may_write:
            return  # send no failed logins: the evidence of earlier ones stays
        logins = [found.url for found in find_views(project, KINDS[0]) if not found.mutation]
        if not logins:
            for item in ("20.8", "20.9", "20.10"):
                yield not_applicable(item, "searched all URL patterns", "the project has no login")
            return
        # On a public site all logins share one address, so one is enough.
        for login in logins[:1] if site.public else logins:
            yield from self._limit(project, sandbox, site, login, rate)

    def _limit(self, project: Project, sandbox: Sandbox, site: Site, login: Url, rate: int) -> Iterator[Evidence]:
        """Evidence for the limit of one login at the deployed site."""
        path = login.path
        # The window may have ended during the logins, or may contain earlier ones. Then try again: as other clients,
        # or on a public site, where Golive is always the same client, once more in the next window.
        client, responses = _log_in(site, path, rate + 1)
        tries = [responses]
        while not only_last_refused(tries[-1]) and len(tries) < (2 if site.public else TRIES):
            if site.public:
                process.pause(retry_seconds(responses[-1]) or WINDOW)
            client, responses = _log_in(site, path, rate + 1)
            tries.append(responses)
        statuses = [response.status_code for response in tries[-1]]
        counts = (summarize_statuses(response.status_code for response in responses) for responses in tries)
        showed = f"POST {path}: {'; next try: '.join(counts)}"
        if site.public:
            yield sandbox.evidence("20.8", 429 in statuses, "request", "from this machine's address", showed)
        else:
            other = _log_in(site, path, 1)[1][0].status_code
            yield sandbox.evidence("20.8", other != 429, "request", "another client at the same time", f"{other}")
        yield sandbox.evidence("20.9", not {404, 405} & set(statuses), "request", f"{rate + 1} rapid logins", showed)
        refused, showed = only_last_refused(tries[-1]), f"{statuses[-1]}"
        if refused and (passed := _evading(site, path, client, rate)):
            refused, showed = False, f"{showed}, but not for the same client with {' or '.join(passed)}"
        elif refused:
            showed += f", also with {len(FORGED)} forged client addresses"
        where = "" if refused else place_of_limit(project, login)
        if not refused:
            showed = f"POST {path}: {showed}"
        expected = f"429 after {rate} logins, for this client only"
        yield sandbox.evidence(
            "20.10", refused, "request", "the last of them", showed, expected=expected, where=where
        )  # fmt: skip


BODY = {"username": "golive-nobody", "password": "not-the-password"}


def _log_in(site: Site, path: str, count: int) -> tuple[str, list[httpx.Response]]:
    """Send *count* logins with a wrong password, as a new client. Returns its address and the responses."""
    client = new_client_address()
    headers = site.form(path, client)
    return client, [site.post(path, client=client, headers=headers, data=BODY) for _ in range(count)]


def _evading(site: Site, path: str, client: str, rate: int) -> list[str]:
    """The headers in which *client*, which is over the limit, claims another address and is let through each time."""

    def again() -> list[str]:
        if site.public:
            process.pause(WINDOW)
        return _forged(site, path, _log_in(site, path, rate + 1)[0])

    return found_each_time(_forged(site, path, client), again)


def _forged(site: Site, path: str, client: str) -> list[str]:
    headers = site.form(path, client)
    return [
        name
        for name in FORGED
        if site.post(path, client=client, headers={**headers, name: forged_value(name)}, data=BODY).status_code != 429
    ]


def _csp_additions(project: Project, sandbox: Sandbox) -> Additions:
    templates, additions = scan_templates(project), Additions()
    scan_static_files(project, templates)
    try:
        read_pages(project, sandbox, templates)
    except StepError as error:
        additions.remarks.append(f"The policy allows only what templates load, because no page could be read: {error}")
    if leaves_the_site(project):
        templates.unknown.add("form-action")
    policy = build_policy(templates)
    if templates.inline:
        additions.remarks.append(
            f"The pages have inline scripts ({templates.inline}). The policy allows them, so the grade is A, not A+."
        )
    if templates.evaluated:
        additions.remarks.append(
            f"A library runs text of the pages as scripts ({templates.evaluated}). 'unsafe-eval' allows it."
        )
    if templates.plain:
        additions.remarks.append(
            f"{templates.plain} loads a file over plain HTTP, which browsers block on HTTPS pages. The policy makes "
            "them use HTTPS. Write https:// there."
        )
    named = setting_names(project)
    directives = [f'"{name}": {_listed(sources, named)},' for name, sources in policy.items()]
    if project.django >= (6, 0):
        additions.lines += [f'MIDDLEWARE = [*MIDDLEWARE, "{CSP_6}"]', "SECURE_CSP = {", *_indented(directives), "}"]
    elif project.django < (4, 2):  # django-csp 4 needs Django 4.2
        additions.packages.append("django-csp<4")
        additions.lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{CSP}"'))
        settings = {f"CSP_{name.upper().replace('-', '_')}": sources for name, sources in policy.items()}
        additions.lines += [f"{name} = {_listed(sources, named)}" for name, sources in settings.items()]
    else:
        additions.packages.append("django-csp>=4")
        additions.lines += [
            settings_block.append_to_list(project, "INSTALLED_APPS", '"csp"'),
            settings_block.append_to_list(project, "MIDDLEWARE", f'"{CSP}"'),
            "CONTENT_SECURITY_POLICY = {",
            '    "DIRECTIVES": {',
            *_indented(_indented(directives)),
            "    }",
            "}",
        ]
    return additions


def _permissions_additions(project: Project) -> Additions:
    middleware = settings_block.append_to_list(project, "MIDDLEWARE", f'"{PERMISSIONS}"')
    unused = unused_features(project)
    features = _indented([f'"{name}": [],' for name in unused])
    used = [name for name in USES if name not in unused]
    remarks = (
        [f"Left out of the Permissions-Policy, because the site's pages use it: {', '.join(used)}"] if used else []
    )
    return Additions([middleware, "PERMISSIONS_POLICY = {", *features, "}"], ["django-permissions-policy"], remarks)


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _listed(sources: list[str], named: Mapping[str, str]) -> str:
    """The value of a directive: a list of its sources, or True if it takes none. Some are *named* by a setting."""
    return "[" + ", ".join(named.get(text) or f'"{text}"' for text in sources) + "]" if sources else "True"


def _has_csp(project: Project) -> bool:
    return any("csp" in str(name).lower() for name in project.value("MIDDLEWARE") or [])


def _has_permissions(project: Project) -> bool:
    return any("PermissionsPolicy" in str(name) for name in project.value("MIDDLEWARE") or [])


STEP = SecurityTesting
