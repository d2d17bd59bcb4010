"""Files that a visitor uploads: small, valid, and of the size and kind that a form asks for."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9"
    "//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCABAAGADASIA"
    "AhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAECBP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAXAQEBAQEAAAAAAAAAAAAAAAACBAED/8QAFREBAQAA"
    "AAAAAAAAAAAAAAAAAAH/2gAMAwEAAhEDEQA/AOdRVVcUFBpAoNaigNIFBpIoo0mFFU1KgoNaAo0kFBpAoNJFFGtYUFNSgoNJFFGkgoNIFBrUFBpMiimp"
    "QUGkiijSQUGtRRRpIKDSf//Z"
)
"""A picture of 96 × 64 pixels, made with Pillow."""
WEBP = base64.b64decode(
    "UklGRn4AAABXRUJQVlA4IHIAAACwBACdASpgAEAAP3G41mS0rqsnIWgCkC4JYwDGQARqdSqwezUKj9+K+37j/+AAAP7X+beRzvZ8GekOWrLQJSlR+XHLj3"
    "/23yFt0YD/Oh9aam/BD/utpIAG3iqWIN6ckBb//08HCwrsbmqYLsWEcpgAAAA="
)
GIF = base64.b64decode(
    "R0lGODdhYABAAIEAADx4yAAAAAAAAAAAACwAAAAAYABAAEAIgAABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBDihxJsqTJkyhTqlzJsq"
    "XLlzBjypxJs6bNmzhz6tzJs6fPn0CDCh1KtKjRo0iTKl3KtKnTp1CjSp1KtarVq1izat3KtavXr2DDih1LtqzZs2jTql3Ltq3bkwEBADs="
)
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64">'
    b'<rect width="96" height="64" fill="#3c78c8"/></svg>\n'
)
WIDTH, HEIGHT = 480, 320
"""Pixels of the PNG."""


@dataclass(frozen=True)
class Upload:
    """A file that is sent."""

    name: str
    content: bytes
    type: str


def make_file(extensions: Sequence[str], name: str, size: int = 0, *, image: bool = False) -> Upload | None:
    """A valid file for a field that accepts *extensions*; None if Golive can make none of them.

    *name* is the file's name without its end. *size* in bytes is exact for a PNG, JPEG, PDF and text, if it is not too
    small for a valid file; 0 makes a small one.
    """
    wanted = [each.lower().lstrip(".") for each in extensions] or (["png"] if image else ["txt"])
    known = [each for each in wanted if each in MAKERS]
    if not known:
        return None
    # A picture is what most sites can show again; then what is smallest and plainest.
    end = next((each for each in ("png", "pdf", "txt", "csv") if each in known), known[0])
    make, content_type = MAKERS[end]
    return Upload(f"{name}.{end}", make(size), content_type)


def make_png(size: int = 0) -> bytes:
    """A PNG with a gradient, made *size* bytes long by an ancillary chunk, which readers skip. Source: PNG, 14.2.

    One with a size has other colours: a site that scales a small and a large one must not get the same picture.
    """
    blue = 80 if size else 160
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 15 // WIDTH * 16, y * 15 // HEIGHT * 16, blue)) for x in range(WIDTH))
        for y in range(HEIGHT)
    )
    head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
    pixels, end = _chunk(b"IDAT", zlib.compress(rows, 6)), _chunk(b"IEND", b"")
    missing = size - len(head) - len(pixels) - len(end) - 12
    padding = _chunk(b"goLv", _noise(missing)) if missing >= 0 else b""
    return b"".join((head, pixels, padding, end))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(content)), name, content, struct.pack(">I", check)))


def _noise(count: int) -> bytes:
    """Bytes in which a part that is lost or repeated shows: numbered blocks."""
    block = 1024
    return b"".join(struct.pack(">I", each) * (block // 4) for each in range(count // block + 1))[:count]


def make_jpeg(size: int = 0) -> bytes:
    """A JPEG, made *size* bytes long by comments."""
    missing, comments = size - len(JPEG), b""
    while missing >= 4:
        length = min(missing - 2, 65_000)
        if 0 < missing - 2 - length < 4:
            length -= 4
        comments += b"\xff\xfe" + struct.pack(">H", length) + b" " * (length - 2)
        missing -= length + 2
    return JPEG[:2] + comments + JPEG[2:]


def make_pdf(size: int = 0) -> bytes:
    """A PDF with one page and one line of text, made *size* bytes long by an unused stream."""
    text = b"BT /F1 18 Tf 40 100 Td (A document of a visitor) Tj ET"

    def document(padding: int) -> bytes:
        objects = (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Length %010d >>\nstream\n%b\nendstream" % (padding, _noise(padding)),
        )
        content, places = b"%PDF-1.4\n", []
        for number, each in enumerate(objects, 1):
            places.append(len(content))
            content += b"%d 0 obj\n%b\nendobj\n" % (number, each)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(objects) + 1
        # The offset has ten digits, so that the length does not depend on it.
        return content + (
            b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%010d\n%%%%EOF\n"
            % (count, table, count, len(content))
        )

    return document(max(0, size - len(document(0))))


def make_text(size: int = 0) -> bytes:
    """Lines of text with letters outside ASCII."""
    line = "A line of a visitor: Zoë Ångström, 10 €\n".encode()
    return (line * (size // len(line) + 1))[:size] if size else line * 3


def make_csv(size: int = 0) -> bytes:
    """A table with a row of names."""
    return _lengthened(b"name,email,quantity\n", "Zoë,zoe@example.com,2\n".encode(), size)


def _lengthened(head: bytes, line: bytes, size: int) -> bytes:
    return head + line * max(2, (size - len(head)) // len(line))


def _json(size: int = 0) -> bytes:
    return b'{"name": "Visitor"}'.ljust(size)


def _zip(size: int = 0) -> bytes:
    return _archive({"readme.txt": make_text(size)})


def _docx(size: int = 0) -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return _office(
        "word/document.xml",
        "wordprocessingml.document.main",
        f'<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>A visitor</w:t></w:r></w:p></w:body></w:document>',
        size,
    )


def _office(part: str, kind: str, content: str, size: int) -> bytes:
    """An Office document of one part. Source: ECMA-376, Open Packaging Conventions."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    package, office = (
        "http://schemas.openxmlformats.org/package/2006",
        "http://schemas.openxmlformats.org/officeDocument/2006",
    )
    types = (
        f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="txt" '
        f'ContentType="text/plain"/><Override PartName="/{part}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/></Types>'
    )
    relations = (
        f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/relationships/officeDocument" Target="{part}"/></Relationships>'
    )
    parts = {"[Content_Types].xml": types.encode(), "_rels/.rels": relations.encode(), part: (head + content).encode()}
    return _archive(parts | ({"padding.txt": make_text(size)} if size else {}))


def _archive(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _wav(size: int = 0) -> bytes:
    samples = _noise(max(8_000, size - 44))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8,
                       b"data", len(samples))  # fmt: skip
    return head + samples


def _small(content: bytes) -> Callable[[int], bytes]:
    def make(size: int = 0) -> bytes:
        return content

    return make


MAKERS: dict[str, tuple[Callable[[int], bytes], str]] = {
    "png": (make_png, "image/png"),
    "jpg": (make_jpeg, "image/jpeg"),
    "jpeg": (make_jpeg, "image/jpeg"),
    "gif": (_small(GIF), "image/gif"),
    "webp": (_small(WEBP), "image/webp"),
    "svg": (_small(SVG), "image/svg+xml"),
    "pdf": (make_pdf, "application/pdf"),
    "txt": (make_text, "text/plain"),
    "md": (make_text, "text/markdown"),
    "csv": (make_csv, "text/csv"),
    "json": (_json, "application/json"),
    "zip": (_zip, "application/zip"),
    "docx": (_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "wav": (_wav, "audio/wav"),
}
"""How a file is made, and its content type, by the end of its name."""
