"""Row counts of the deployed site's database, read from the change lists of its admin."""

from __future__ import annotations

import re
from html import unescape

import httpx

from steps.shared.accounts import admin_home
from steps.shared.login_form import log_in
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address
from wizard.targets.base import Observation

LISTS = 25
"""The maximum number of change lists to open."""


def count_rows(project: Project, site: Site, account: dict[str, str]) -> Observation:
    """Count the rows on each change list, without the empty ones.

    The observation stays open if the site has no admin or the login fails.
    """
    home = admin_home(project)
    ran = "rows in the change lists of the admin"
    if not home or "failed" in account:
        why = account.get("failed", "the site has no admin, so check the data yourself")
        return Observation(None, "request", ran, why)
    jar, client = httpx.Cookies(), new_client_address()
    logged_in, outcome = log_in(site, home, client, [account["username"], account["email"]], account["password"], jar)
    if not logged_in:
        return Observation(None, "request", ran, f"the login failed: {outcome}")
    cookie = cookie_header(jar)
    index = site.get(home, client=client, headers=cookie).text
    counts: dict[str, int] = {}
    for path in list(dict.fromkeys(re.findall(rf'href="({re.escape(home)}[\w-]+/[\w-]+/)"', index)))[:LISTS]:
        if count := _rows(site.get(path, client=client, headers=cookie).text):
            counts["/".join(path.rstrip("/").split("/")[-2:])] = count
    showed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "no rows"
    return Observation(bool(counts), "request", ran, showed)


def _rows(page: str) -> int:
    """Read the total below a change list: `1 order`, or `1 2 3 … 250 orders` if it has pages."""
    paginator = re.search(r'class="paginator".*?</(?:p|nav)>', page, re.DOTALL)
    if not paginator:
        return 0
    text = unescape(re.sub(r"<[^>]+>", " ", paginator[0].partition(">")[2]))
    totals = re.findall(r"(\d[\d.,\u00a0\u202f]*)\s+[^\W\d]", text)
    return int(re.sub(r"\D", "", totals[-1])) if totals else 0
