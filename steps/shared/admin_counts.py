"""What stands in the deployed site's database, counted where its owner sees it: on the lists of its admin."""

from __future__ import annotations

import re
from html import unescape

import httpx

from steps.shared.login_form import log_in
from wizard.project.project import Project
from wizard.site.session import Site, fresh_client, sent_cookies
from wizard.targets.base import Observation

LISTS = 25
"""How many lists are looked at."""


def count_rows(project: Project, site: Site, account: dict[str, str]) -> Observation:
    """Rows by list of the admin, those with none left out; waits where there is no admin or nobody gets in."""
    login = next((url.path for url in project.urls if url.name == "admin:login"), "")
    ran = "rows on the lists of the admin"
    if not login or "failed" in account:
        return Observation(None, "request", ran, account.get("failed", "there is no admin to look into: look yourself"))
    jar, client, home = httpx.Cookies(), fresh_client(), login.removesuffix("login/")
    entered, told = log_in(site, home, client, [account["username"], account["email"]], account["password"], jar)
    if not entered:
        return Observation(None, "request", ran, f"nobody gets in: {told}")
    cookie = sent_cookies(jar)
    index = site.get(home, client=client, headers=cookie).text
    found: dict[str, int] = {}
    for path in list(dict.fromkeys(re.findall(rf'href="({re.escape(home)}[\w-]+/[\w-]+/)"', index)))[:LISTS]:
        if count := _rows(site.get(path, client=client, headers=cookie).text):
            found["/".join(path.rstrip("/").split("/")[-2:])] = count
    told = ", ".join(f"{name} {count}" for name, count in sorted(found.items())) or "no row on any list"
    return Observation(bool(found), "request", ran, told)


def _rows(page: str) -> int:
    """The total under a list: `1 order`, or `1 2 3 … 250 orders` where there are pages."""
    under = re.search(r'class="paginator".*?</(?:p|nav)>', page, re.DOTALL)
    if not under:
        return 0
    text = unescape(re.sub(r"<[^>]+>", " ", under[0].partition(">")[2]))
    totals = re.findall(r"(\d[\d.,\u00a0\u202f]*)\s+[^\W\d]", text)
    return int(re.sub(r"\D", "", totals[-1])) if totals else 0
