"""Uploads: a small file and one of 5 MB, fetched back and compared byte for byte where the site gives an address."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from wizard.base.errors import SiteError
from wizard.journeys.attempts import attempt, page_with
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO, actor, described, status_of
from wizard.journeys.evidence import Row, marked_value, read
from wizard.journeys.filling import Filler, Upload
from wizard.journeys.made import Made, Uploaded
from wizard.journeys.operations import Operation
from wizard.journeys.people import new_account
from wizard.journeys.reading import is_login
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address
from wizard.journeys.rows import RowsError, StoredFile
from wizard.journeys.saved_rows import before, files_of, new_row, row_with_another_file, values_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

LARGE = 5 << 20
"""Bytes of the large file."""
TOO_LARGE = re.compile(
    r"too (large|big)|exceed|maximum (file )?size|size limit|larger than|at most \d+ ?[km]i?b|\d+ ?mb", re.I
)
MAGIC = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP", b"%PDF": "PDF"}
DOWNLOAD = re.compile(r"download|file|media|attachment|content|raw|pdf|image")
"""Words of pages that answer a row's file."""
DEVELOPMENT_PORTS = (None, 80, 443, 8000)
"""Ports of this machine that an address of the site's own may name. Others are those of a stub of a service."""
ADDRESSES = 4
"""Addresses of a row's pages at which the file is looked for."""


def with_uploads(resources: list[Resource]) -> Iterator[tuple[Resource, Operation]]:
    """The operations of *resources* that take files, one of each resource."""
    for resource in resources:
        candidates = [resource.operation("create"), resource.operation("update"), *resource.others]
        for operation in candidates:
            if operation is not None and operation.form is not None and file_inputs(operation.form):
                yield resource, operation
                break


def file_inputs(form: Form) -> list[str]:
    return [each.name for each in form.inputs if each.kind in ("file", "image")]


def upload(context: Context, resource: Resource, operation: Operation, row: Row | None) -> None:
    """Upload a small file and a large one. *row* is the one to which an update adds the file."""
    role = actor(context, operation)
    done: list[tuple[Row, Upload]] = []
    for size, name in ((0, "small"), (LARGE, "large")):
        title = f"{WHO[role]} uploads a {'file of 5 MB' if size else 'small file'} ({resource.title})"
        context.run(
            f"{resource.name}-upload-{name}",
            title,
            "upload",
            resource.label,
            role,
            _uploading(context, resource, operation, row, size, done),
            operation.where,
        )


def _uploading(
    context: Context,
    resource: Resource,
    operation: Operation,
    row: Row | None,
    size: int,
    done: list[tuple[Row, Upload]],
) -> Callable[[Visitor], str]:
    def body(visitor: Visitor) -> str:
        assert operation.form is not None
        form, role = operation.form, visitor.role
        target = None if operation.role == "create" else row
        path = address(context, operation, target, role)
        given = context.prepare(form, role)
        if operation.role == "create":
            given = {**given, **new_account(context, resource, form)}
        mark = secrets.token_hex(4)
        marked = marked_value(form, mark) if operation.role == "create" else {}
        filler = Filler(visitor.person, context.fillers[role].rows, file_size=size, optional_files=True)
        if size:
            filler.next_number()  # so that the large file has a name of its own
        _check_encoding(visitor, form, path)
        old = _stored_hashes(context, target) if target is not None else frozenset()
        then = before(context, resource.label)
        held = {} if target or operation.role == "create" else files_of(context, resource.label)
        went = attempt(visitor, filler, form, path, given={**given, **marked})
        files = tuple(value for value in _leaves(went.filled.values) if isinstance(value, Upload))
        sent = files[0] if files else None
        if not went.accepted and not went.broken and size and (status_of(went) == 413 or TOO_LARGE.search(went.why)):
            return f"the site refuses a file of 5 MB and says so ({status_of(went)}: {went.why[:120]})"
        if went.broken:
            found = f"POST {path} with a file of {_size(size)} got {status_of(went)}"
            raise Contradiction(found, "the file is kept, or refused with a message")
        if not went.accepted or sent is None:
            raise Unfinished(went.why or went.filled.problem or "the form was sent without a file")
        made = target or row_with_another_file(context, resource.label, held)
        made = made or new_row(context, then, went, mark if marked else "") or described(resource, went, mark)
        if target is None:
            context.made.append(Made(resource, role, made))
        if old and old == _stored_hashes(context, made):
            why = f"the site reported success, but {made.label} {made.key} still has its old file"
            raise Contradiction(why, "the new file")
        assert went.answer is not None
        for earlier, file in done if target is None else []:
            _check_downloads(context, resource, earlier, file, visitor)
        done.append((made, sent))
        uploaded = Uploaded(role, made, files, "", f"POST {path} → {went.answer.first}")
        return f"{uploaded.what}; {_kept(context, resource, visitor, went.answer, uploaded)}"

    return body


def _check_encoding(visitor: Visitor, form: Form, path: str) -> None:
    """Raise Contradiction if a page's form has a field for a file, and browsers would send only the file's name."""
    _, shown = page_with(visitor, form, path)
    if shown is not None and shown.encoding == "form" and not shown.headers and (names := file_inputs(shown)):
        why = f"the form at {path} has no enctype, so a browser sends only the name of the file in {names[0]}"
        raise Contradiction(why, 'enctype="multipart/form-data"')


def _check_downloads(context: Context, resource: Resource, row: Row, sent: Upload, visitor: Visitor) -> str:
    """Fetch the file of *row* from its pages for that. Returns the first address that gives it. Empty without one.

    Raises:
        Contradiction: one gives another file, or an error of the site.
    """
    for path in _downloads(context, resource, row, visitor):
        found = visitor.get(path)
        context.check_status(found, f"GET {path}")
        if found.status == 200 and not found.is_page and found.json is None:
            content = found.response.content
            _compared(content[:16], content[-16:], _hash(content), len(content), sent)
            return path
    return ""


def _downloads(context: Context, resource: Resource, row: Row, visitor: Visitor) -> list[str]:
    """The addresses of the row's further pages that are for its file."""
    pages = [each for each in resource.further_pages if DOWNLOAD.search(each.view.url.route)]
    with suppress(Unfinished):
        return [address(context, each, row, visitor.role) for each in pages]
    return []


def _stored_hashes(context: Context, row: Row) -> frozenset[str]:
    """The SHA-256 of each file of *row* in the storage."""
    if context.rows is None or row.key is None:
        return frozenset()
    found = set()
    for name in _file_fields(context, row):
        with suppress(RowsError):
            found.add(context.rows.file(row.label, row.key, name).sha256)
    return frozenset(each for each in found if each)


def _size(size: int) -> str:
    return "5 MB" if size else "less than 1 MB"


def _leaves(values: Any) -> Iterator[Any]:
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, (dict, list)):
            yield from _leaves(value)
        else:
            yield value


def _kept(context: Context, resource: Resource, visitor: Visitor, answer: Answer, uploaded: Uploaded) -> str:
    """Fetch what was *uploaded* back, and remember it with its address, or without one if it can't be fetched."""
    context.uploaded.append(uploaded)
    path, text = _fetched(context, resource, uploaded.row, visitor, answer, uploaded.sent[0])
    context.uploaded[-1] = replace(uploaded, path=path)
    return text


def _fetched(
    context: Context, resource: Resource, row: Row, visitor: Visitor, answer: Answer, sent: Upload
) -> tuple[str, str]:
    """Fetch the file back and compare it with what was *sent*; without an address of it, compare it in the storage.

    Returns the address that gave it, empty for none, and a text about that.

    Raises:
        Contradiction: the site lost or changed it.
        Unfinished: it can't be read.
    """
    kept = values_of(context, row)
    stored = _stored_name(kept, sent)
    wrong, guessed = "", f"/media/{stored}"  # Django's usual address
    if path := _check_downloads(context, resource, row, sent, visitor):
        return path, f"GET {path} gives back all {len(sent.content):,} bytes"
    told = list(_addresses(context, resource, row, visitor, answer, stored, sent))[:12]
    for url in told or ([guessed] if stored else []):
        try:
            found = visitor.get(url)
        except (SiteError, httpx.InvalidURL):
            continue
        if found.status == 200 and not is_login(found) and not found.is_page:
            content = found.response.content
            compared = _compared(content[:16], content[-16:], _hash(content), len(content), sent)
            return url, f"GET {found.path} gives back {compared}"
        if url != guessed:
            wrong = wrong or f"GET {found.path} → {found.status}"
        if url != guessed and found.status == 404 and _is_served(context, found.path):
            raise Contradiction(f"the file was accepted, but GET {found.path} got 404", "the file, byte for byte")
    in_storage = _in_storage(context, row, sent)
    if not in_storage:
        raise Unfinished(
            f"the file was accepted, and its address can't be read: {wrong}"
            if wrong
            else "the file was accepted, and the site shows no address of it"
        )
    if wrong:
        raise Unfinished(f"the storage has {in_storage}, but no view serves it: {wrong}")
    return "", f"the storage has {in_storage}"


def _in_storage(context: Context, row: Row, sent: Upload) -> str:
    """What the storage has of the file. Empty if that can't be read.

    Raises:
        Contradiction: it does not have it, or has other bytes.
    """
    if context.rows is None or row.key is None:
        return ""
    kept = list[StoredFile]()
    for name in _file_fields(context, row):
        with suppress(RowsError):
            kept.append(context.rows.file(row.label, row.key, name))
    if not kept:
        return ""
    found = next((each for each in kept if each.size >= 0), None)  # a message has a picture or a voice, not both
    if found is None:
        raise Contradiction(f"the site reported success, but {row.label} {row.key} has no file", "the file is kept")
    found = next((each for each in kept if each.sha256 == _hash(sent.content)), found)
    return _compared(found.begins, found.ends, found.sha256, found.size, sent)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _compared(begins: bytes, ends: bytes, sha256: str, size: int, sent: Upload) -> str:
    """Compare a file with the one that was sent.

    Raises:
        Contradiction: it has other bytes, and is not the same picture in another size.
    """
    if sha256 == _hash(sent.content):
        return f"all {size:,} bytes"
    if kind := _same_format(begins, ends, sent.content):
        return f"a {kind} of {size:,} bytes, which the site has scaled or encoded again"
    raise Contradiction(
        f"the site has {size:,} other bytes instead of the {len(sent.content):,} that were sent",
        "the file, byte for byte",
    )


def _is_served(context: Context, path: str) -> bool:
    """Whether a view of the project answers addresses like *path*."""
    for view in context.surface.views:
        head = re.split(r"[(<\\\[]", view.url.route.lstrip("^"))[0]
        if len(head) > 1 and path.lstrip("/").startswith(head):
            return True
    return False


def _file_fields(context: Context, row: Row) -> list[str]:
    model = context.surface.model(row.label)
    return [each.name for each in model.inputs if each.kind in ("file", "image")] if model else []


def _stored_name(kept: dict[str, Any], sent: Upload) -> str:
    """The path in the storage, from the row's own file field. Empty if none has a value."""
    stem, _, end = sent.name.rpartition(".")
    texts = [value for value in kept.values() if isinstance(value, str) and value.lower().endswith("." + end.lower())]
    return next((value for value in texts if stem[:8] in value), texts[0] if texts else "")


def _addresses(
    context: Context, resource: Resource, row: Row, visitor: Visitor, answer: Answer, stored: str, sent: Upload
) -> Iterator[str]:
    """Where the file may be: addresses in the answer, in the row's page and in the list, that end like the file."""
    seen: set[str] = set()
    pages = [answer]
    for role in ("detail", "list"):
        operation = resource.operation(role)
        if operation is None or len(pages) > ADDRESSES:
            continue
        try:
            pages.append(read(visitor, address(context, operation, row, visitor.role), data=operation.is_api))
        except (Unfinished, SiteError):
            continue
    stem = stored.rpartition("/")[2].rpartition(".")[0] or sent.name.rpartition(".")[0]
    for page in pages:
        text = page.response.text[:500_000].replace("\\/", "/").replace("&amp;", "&")
        for found in re.findall(r"[\"'(=]([^\"'()<>\s]{1,500})", text):
            if stem in found and found not in seen:
                seen.add(found)
                yield _local(found, page.path, visitor)


def _local(found: str, path: str, visitor: Visitor) -> str:
    try:
        parts = urlsplit(urljoin(path, found))
    except ValueError:
        return path
    here = parts.hostname in ("localhost", "127.0.0.1") and parts.port in DEVELOPMENT_PORTS
    own = parts.hostname in (None, visitor.site.host) or here
    return (parts.path + (f"?{parts.query}" if parts.query else "")) if own else found


def _same_format(begins: bytes, ends: bytes, sent: bytes) -> str:
    """The format of a complete picture that a site made of the picture *sent*. Empty if it made none."""
    pictures = {magic: name for magic, name in MAGIC.items() if name != "PDF"}
    kind = next((name for magic, name in pictures.items() if begins.startswith(magic)), "")
    last = {"PNG": b"IEND", "JPEG": b"\xff\xd9", "GIF": b";"}.get(kind, b"")
    was_picture = any(sent.startswith(magic) for magic in pictures)
    return kind if kind and was_picture and last in ends else ""


def is_picture_of(begins: bytes, ends: bytes, sent: Sequence[Upload]) -> bool:
    """Whether a file with these first and last bytes is a whole picture, made from one of those that were *sent*."""
    return any(_same_format(begins, ends, each.content) for each in sent)
