"""Evidence for 26.2 at a real site: files that journeys upload, fetched by the addresses that the site shows.

Nothing is read behind the site's back, and what was created is deleted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from steps.shared.derived_journeys import may_change
from steps.shared.exploring import upload_at
from steps.shared.fetching import Fetcher, Found
from wizard.base.wording import plural
from wizard.checklist.evidence import Evidence, waiting
from wizard.journeys.cleanup import clean_up
from wizard.journeys.context import Context
from wizard.journeys.made import Uploaded
from wizard.journeys.result import Verdict
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.site.session import Site
from wizard.targets.sandbox import Sandbox

ITEM = "26.2"
RAN = "upload a file at the site, deploy again, and fetch it"
ASK = "answer journeys: full, so that Golive uploads a file, deploys again and deletes the file"


def evidence(project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
    if not may_change(sandbox):
        if sandbox.target.may_write:
            yield waiting(ITEM, RAN, ASK)
        return
    with sandbox.target.site() as site:
        context = upload_at(sandbox, site, surface(project))
        try:
            yield _tried(sandbox, site, context)
        finally:
            clean_up(context)


def _tried(sandbox: Sandbox, site: Site, context: Context) -> Evidence:
    tried = [each for each in context.results if each.kind == "upload"]
    if broken := next((each for each in tried if each.verdict is Verdict.BROKEN), None):
        return sandbox.evidence(ITEM, False, "request", RAN, broken.why, expected=broken.expected, where=broken.where)
    fetcher = Fetcher(sandbox, site, context)
    kept = {each.path: (each, first) for each in context.uploaded if each.path and (first := _fetched(fetcher, each))}
    found = [each for each, _ in kept.values()]
    if not found:
        why = next((each.why for each in tried if each.verdict is Verdict.OPEN), "the site shows no address of a file")
        return waiting(ITEM, RAN, why)
    done = sandbox.target.deploy_again()
    lost = next((each for each, first in kept.values() if not _is_there(fetcher, each, first)), None)
    if lost:
        showed = f"{lost.what}; after the next deployment GET {_shown(lost)} gives {fetcher.why}"
        return sandbox.evidence(ITEM, False, "request", RAN, showed, expected="the same bytes as before")
    showed = f"{found[0].what}; {done}; GET {_shown(found[0])} gives it back, {plural(len(found), 'file')} as before"
    if any(first.sha256 != _digest(each) for each, first in kept.values()):
        showed += ", compared with what the site or its storage made of the pictures that were sent"
    return sandbox.evidence(ITEM, True, "request", RAN, showed)


def _fetched(fetcher: Fetcher, uploaded: Uploaded) -> Found | None:
    return fetcher.fetch(uploaded.path, _digest(uploaded), _role(fetcher, uploaded), uploaded.sent)


def _is_there(fetcher: Fetcher, uploaded: Uploaded, first: Found) -> bool:
    """Whether *uploaded* still gives the bytes that it gave at *first*."""
    return fetcher.fetch(uploaded.path, first.sha256, _role(fetcher, uploaded)) is not None


def _digest(uploaded: Uploaded) -> str:
    return hashlib.sha256(uploaded.sent[0].content).hexdigest()


def _role(fetcher: Fetcher, uploaded: Uploaded) -> str:
    return uploaded.role if uploaded.role in fetcher.visitors else ""


def _shown(uploaded: Uploaded) -> str:
    return uploaded.path.partition("?")[0]
