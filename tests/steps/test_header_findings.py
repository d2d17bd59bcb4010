"""Task 20, headers: findings that Golive can fix fail. Findings in the project's pages stay open with instructions."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import httpx
import pytest

from steps import t20_security_testing as t20
from tests.steps.fakes import FakeProject, url
from wizard.checklist.evidence import Status

SAFE = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'self'; object-src 'none'; frame-ancestors 'self'; base-uri 'self'",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
}
LOOSE = {**SAFE, "content-security-policy": SAFE["content-security-policy"] + "; script-src 'self' 'unsafe-inline'"}
FRAMED = {**SAFE, "content-security-policy": "default-src 'self'; frame-ancestors *"}
CDN = '<script src="https://cdn.example.com/a.js"></script>'
INLINE = "<script>go()</script>"


@pytest.mark.parametrize(
    ("headers", "page", "status", "words"),
    [
        (SAFE, "<p>Tea</p>", Status.REHEARSED, ["nothing"]),
        (SAFE, CDN, Status.OPEN, ["a.js without integrity (-5)", "page.html:1", "openssl dgst -sha384"]),
        (LOOSE, INLINE, Status.OPEN, ["unsafe-inline", "inline scripts, the first in page.html:1"]),
        (LOOSE, "<p>Tea</p>", Status.FAILED, ["unsafe-inline"]),
        (FRAMED, "<p>Tea</p>", Status.FAILED, ["frame-ancestors of the CSP allows every site"]),
        ({**SAFE, "x-content-type-options": "x"}, CDN, Status.FAILED, ["x-content-type-options", "integrity"]),
    ],
)
def test_findings_fail_or_stay_open_by_who_can_fix_them(tmp_path, headers, page, status, words, urls=()):
    (tmp_path / "page.html").write_text(page if not urls else "")
    project = FakeProject(tmp_path, urls=urls)
    project.inspected["template_dirs"] = [str(tmp_path)]
    plain = httpx.Response(301, headers={"location": "https://shop.up.railway.app/"})

    def answer(path, https=True, **sent):
        return httpx.Response(200, headers={**headers, "content-type": "text/html"}, text=page) if https else plain

    site = SimpleNamespace(host="shop.up.railway.app", get=answer, request=lambda *a, **more: httpx.Response(405))

    def evidence(item, ok, *texts, **_):
        return SimpleNamespace(item=item, status=Status.REHEARSED if ok else Status.FAILED, showed=texts[-1])

    target = SimpleNamespace(evidence=evidence, running=lambda: nullcontext(site))
    found = {each.item: each for each in t20.SecurityTesting(None)._headers(project, target, site)}["20.4"]
    assert (found.status, [word for word in words if word not in found.showed]) == (status, []), found.showed


def test_inline_scripts_of_served_pages_are_for_the_user_to_fix(tmp_path):
    words = ["unsafe-inline", "inline scripts, the first in /docs/:1"]
    test_findings_fail_or_stay_open_by_who_can_fix_them(tmp_path, LOOSE, INLINE, Status.OPEN, words, [url("docs/")])


def test_redirects_on_the_same_host_are_followed_to_the_page_that_is_graded():
    pages = {
        "/": httpx.Response(301, headers={"location": "/catalog/"}),
        "/catalog/": httpx.Response(302, headers={"location": "https://shop.up.railway.app/login/?next=/catalog/"}),
        "/login/?next=/catalog/": httpx.Response(200, text="Log in"),
        "/health/": httpx.Response(200),
    }
    site = SimpleNamespace(host="shop.up.railway.app", get=pages.__getitem__)
    graded = t20.SecurityTesting(None)._page(SimpleNamespace(urls=[]), site)
    assert (graded[0], graded[1].text) == ("/login/?next=/catalog/", "Log in")
    pages["/"] = httpx.Response(302, headers={"location": "https://elsewhere.example.com/"})
    assert t20.SecurityTesting(None)._page(SimpleNamespace(urls=[]), site)[0] == "/", "another host is not graded"
    pages["/"] = httpx.Response(200, headers={"location": "https://shop:port/"})
    assert t20.SecurityTesting(None)._page(SimpleNamespace(urls=[]), site)[0] == "/", "a redirect to an invalid URL"
    pages["/"] = httpx.Response(302, headers={"location": "/"})
    assert t20.SecurityTesting(None)._page(SimpleNamespace(urls=[]), site)[0] == "/", "a redirect loop"
