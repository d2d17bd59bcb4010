"""Evidence that an uploaded file outlives a deployment: upload, fetch, deploy again, and fetch once more.

The files are uploaded by the site's own forms, APIs or admin: by the flows of golive.yaml, or else by journeys. In a
rehearsal the database tells which files came, and the storage what it has of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from steps.shared import journey_evidence, real_uploads
from steps.shared.exploring import upload_at
from steps.shared.fetching import Fetcher
from steps.shared.upload_fields import place
from wizard.base.errors import BlockedError
from wizard.base.wording import plural
from wizard.checklist.evidence import Evidence, waiting
from wizard.journeys.context import Context
from wizard.journeys.result import Verdict
from wizard.journeys.sample_files import Upload
from wizard.journeys.uploads import is_picture_of
from wizard.project.file_storages import FileField, FileWrite, RowFile, at_risk, row_files
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.site.session import Site
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.sandbox import Sandbox

ITEM = "26.2"
RAN = "upload a file, deploy again, and fetch it"
EXPECTED = "the same bytes after the next deployment"
REPLACED = ": its storage overwrites files. Set AWS_S3_FILE_OVERWRITE = False, or the option of your storage for it"
UNSIGNED = "AWS_QUERYSTRING_AUTH"
"""A setting of django-storages. If it is False, a bucket must give files to everybody who knows their address."""


@dataclass
class Kept:
    """A file that the site accepted, with the address that gave it back, and for whom."""

    file: RowFile
    address: str = ""
    role: str = ""
    why: str = ""


@dataclass
class UploadTrial:
    """One trial in a rehearsal."""

    project: Project
    sandbox: Sandbox
    fields: Sequence[FileField | FileWrite]
    site: Site
    keep: bool = False
    private: bool = False
    sent: list[Upload] = field(default_factory=list)
    context: Context | None = None
    what: str = ""
    problem: str = ""
    failed_flow: str = ""
    contradiction: str = ""

    @cached_property
    def target(self) -> Rehearsal:
        target = self.sandbox.target
        assert isinstance(target, Rehearsal)
        return target

    def evidence(self) -> Iterator[Evidence]:
        known = self._files(())
        self._upload()
        if self.contradiction:
            yield self._failure(self.contradiction)
            return
        new = self._new(known)
        if not new and self.failed_flow:
            raise BlockedError(f"Item {ITEM} was not checked", self.failed_flow)
        if not new:
            yield waiting(ITEM, RAN, self._untried())
            return
        if wrong := self._changed_at_once(new):
            yield self._failure(wrong)
            return
        fetcher = Fetcher(self.sandbox, self.site, self.context)
        kept = [self._fetched(fetcher, each) for each in new]
        done = self.target.deploy_again()
        later = {each.id: each for each in self._files(known)}
        faults = [fault for each in kept if (fault := self._fault(fetcher, each, later.get(each.file.id)))]
        if faults:
            yield self._failure(faults[0])
            return
        if replaced := next((each for each in new if self._keeps_name(each)), None):
            yield self._failure(f"{replaced} is lost when another file of that name is uploaded{REPLACED}")
            return
        if lost := self._lost_writes():
            yield waiting(ITEM, RAN, f"{self._success(kept, done)}. What {lost[0]} writes was not followed, see 26.1")
            return
        yield self.sandbox.evidence(ITEM, True, "request", RAN, self._success(kept, done))

    # ---- the parts of a trial

    def _files(self, known: Sequence[RowFile]) -> list[RowFile]:
        target = self.target
        others = any(isinstance(each, FileWrite) for each in self.fields)
        environment = target.storage_environment()
        return row_files(self.project, environment, target.deployment.root, known, others=others)

    def _new(self, known: Sequence[RowFile]) -> list[RowFile]:
        """The files that the site got. Neither those of rows that Golive made are, nor the default of a field."""
        if not self.sent:
            return []
        named = {(each.model, each.field, each.name) for each in known}
        uploads, rows = (self.context.uploaded, self.context.rows) if self.context else ([], None)
        made = {(label, str(key)) for label, key in rows.made} if rows else set()
        made -= {(each.row.label, str(each.row.key)) for each in uploads}
        return [
            each
            for each in self._files(known)
            if (each.model or each.sha256 in self._digests)
            and (each.model, each.field, each.name) not in named
            and not each.is_default
            and (each.model, str(each.key)) not in made
        ]

    def _keeps_name(self, file: RowFile) -> bool:
        """Whether the next upload of the same name replaces *file*. The site may rename what it gets."""
        return file.replaced and any(PurePath(each.name).stem in file.name for each in self.sent)

    def _lost_writes(self) -> list[FileWrite]:
        writes = [each for each in self.fields if isinstance(each, FileWrite)]
        return at_risk(writes, self.target.volume_mount())

    def _untried(self) -> str:
        """Why no file was followed."""
        why = self.problem or "no form of the site took a file that Golive can make"
        write = next((each for each in self.fields if isinstance(each, FileWrite)), None)
        if write is None:
            return why
        return f"{why}. Upload a file that {write} keeps, deploy, open it, and run `golive confirm {ITEM}`"

    @property
    def _digests(self) -> set[str]:
        return {hashlib.sha256(each.content).hexdigest() for each in self.sent}

    def _upload(self) -> None:
        """Upload by the flows that send files, else by journeys."""
        flows = [flow for flow in self.target.config.journeys if any(step.files for step in flow.steps)]
        if flows:
            outcomes = journey_evidence.run_all(self.sandbox, self.site)
            mine = [each for group in outcomes.values() for each in group if each.journey in flows]
            failed = next((each for each in mine if not each.holds), None)
            self.failed_flow = f"the flow {failed.journey.name!r} failed: {failed}" if failed else ""
            self.what = f"the flow {flows[0].name!r} uploaded"
            for step in (step for flow in flows for step in flow.steps):
                self.sent += [Upload(file.name, file.content(), file.type) for file in (step.files or {}).values()]
            return
        self.context = upload_at(self.sandbox, self.site, surface(self.project))
        tried = [each for each in self.context.results if each.kind == "upload"]
        broken = next((each for each in tried if each.verdict is Verdict.BROKEN), None)
        self.contradiction = broken.why if broken else ""
        self.problem = next((each.why for each in tried if each.verdict is Verdict.OPEN), "")
        self.sent = [file for each in self.context.uploaded for file in each.sent]
        self.what = next((each.what for each in self.context.uploaded), "")

    def _changed_at_once(self, new: Sequence[RowFile]) -> str:
        """Say which of the *new* files is not what was sent, before any deployment."""
        digests = self._digests
        for each in new:
            if each.size < 0 and not each.problem:
                return f"the site accepted {each}, and its storage does not have it"
            if each.problem and each.size < 0:
                return f"the site accepted {each}, and its storage can't be read: {each.problem}"
            if each.sha256 not in digests and self.sent and not is_picture_of(each.begins, each.ends, self.sent):
                return f"the site was sent {self._sizes()}, and its storage has {each.size:,} other bytes in {each}"
        return ""

    def _sizes(self) -> str:
        return " and ".join(f"{len(each.content):,} bytes" for each in self.sent[:3])

    def _fetched(self, fetcher: Fetcher, file: RowFile) -> Kept:
        """Fetch *file* by the address of its storage, else by one that a page of the site gave."""
        paths = [each.path for each in self.context.uploaded if each.path] if self.context else []
        for address in [file.url, *paths]:
            found = fetcher.fetch(address, file.sha256)
            if found:
                return Kept(file, address, found.role)
        return Kept(file, why=fetcher.why)

    def _fault(self, fetcher: Fetcher, kept: Kept, later: RowFile | None) -> str:
        """What is wrong with a file after the deployment."""
        if later is None:
            row = "the row with " if kept.file.model else ""
            return f"{row}{kept.file} is gone after the next deployment"
        if later.size < 0:
            return f"{kept.file} is gone after the next deployment{f': {later.problem}' if later.problem else ''}"
        if later.sha256 != kept.file.sha256:
            return f"{kept.file} has {later.size:,} other bytes after the next deployment"
        if kept.address:
            address = later.url if kept.address == kept.file.url else kept.address
            if not fetcher.fetch(address, kept.file.sha256, kept.role):
                return f"GET {shown(address)} gave {kept.file}, and does not after the next deployment: {fetcher.why}"
        elif not self.private and fetcher.refused_to_all(later.url):
            if self.project.value(UNSIGNED) is False:
                return f"the storage keeps {kept.file}, but {UNSIGNED} = False: a private bucket gives it to nobody"
            return f"the storage keeps {kept.file}, but GET {shown(later.url)} got {fetcher.why}"
        if at_risk([each for each in self.fields if _is_of(each, later)], self.target.volume_mount()):
            return f"{kept.file} is outside of the deployment and of the volume, where a platform keeps nothing"
        return ""

    def _failure(self, showed: str) -> Evidence:
        lost = at_risk(self.fields, self.target.volume_mount())
        if lost and self.keep:
            return waiting(ITEM, RAN, f"{showed}. You chose to keep it so")
        where = place(self.project, lost[0]) if lost else ""
        if showed.endswith(REPLACED):
            origins = (self.project.origin("AWS_S3_FILE_OVERWRITE"), self.project.origin("STORAGES"))
            where = next(filter(None, origins), self.project.display_path(self.project.settings.main))
        if UNSIGNED in showed:
            where = self.project.origin(UNSIGNED)
            if not self.project.settings.mentions("ENDPOINT_URL"):  # a bucket of the user's own, at Amazon
                todo = f"Let your bucket allow public reads and run `golive confirm {ITEM}`, or remove that line"
                return waiting(ITEM, RAN, f"{showed}. {todo}")
        return self.sandbox.evidence(ITEM, False, "request", RAN, showed, expected=EXPECTED, where=where)

    def _success(self, kept: Sequence[Kept], done: str) -> str:
        largest = max(kept, key=lambda each: each.file.size)
        fetched = [each for each in kept if each.address]
        text = f"{self.what}; {done}; {plural(len(kept), 'file')} as before, the largest of {largest.file.size:,} bytes"
        if self.sent and any(each.file.sha256 not in self._digests for each in kept):
            text += ", compared with what the site or its storage made of the pictures that were sent"
        if fetched:
            whom = f" to the visitor {fetched[0].role!r}" if fetched[0].role else ""
            text += f"; GET {shown(fetched[0].address)} gives it back{whom}"
        else:
            text += f"; it was compared in the storage, since its address gave {largest.why}"
        return text


def _is_of(field: FileField | FileWrite, file: RowFile) -> bool:
    return isinstance(field, FileField) and (field.model, field.name) == (file.model, file.field)


def shown(address: str) -> str:
    """*address* without its query, which may hold a signature."""
    return address.partition("?")[0]


def evidence(
    project: Project, sandbox: Sandbox, fields: Sequence[FileField | FileWrite], *, keep: bool, private: bool
) -> Iterator[Evidence]:
    """Evidence for 26.2.

    Arguments:
        keep: the user wants no other storage.
        private: the user wants no address that gives files to everybody.
    """
    target = sandbox.target
    if not isinstance(target, Rehearsal):
        yield from real_uploads.evidence(project, sandbox)
        return
    with target.site() as site:
        yield from UploadTrial(project, sandbox, fields, site, keep, private).evidence()
