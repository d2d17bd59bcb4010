"""A Content-Security-Policy that the site's own pages live with: what their templates load is found and let in.

Scripts that stand in the page itself need 'unsafe-inline', or they stop working; that costs the plus of an A+, and is
said. Source: MDN's description of the directives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import files
from wizard.project.project import Project

BASE = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:", "https:"],
    "font-src": ["'self'", "data:", "https:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
}
"""What each page gets. A preview or an editor's dialog is a frame of the site itself, which X-Frame-Options lets in;
browsers don't read that where there is a frame-ancestors."""
EMBEDDED = "xframe_options_exempt"
"""Django's decorator of views that other sites show in frames."""
INLINE = re.compile(
    r"<script(?![^>]*\bsrc\s*=)(?![^>]*type\s*=\s*[\"'](?:application/(?:ld\+)?json|text/(?:html|template))[\"'])[^>]*>"
    r"|<[a-z][^>]*\son(?:click|change|submit|load|input|key\w+|error|focus|blur)\s*=",
    re.I,
)
"""A script in the page, or in an attribute; data in a script tag is none."""
LOADED = {
    "script-src": re.compile(r"<script[^>]+src\s*=\s*[\"'](?:https?:)?//([^/\"'{}\s]+)", re.I),
    "style-src": re.compile(r"<link[^>]+href\s*=\s*[\"'](?:https?:)?//([^/\"'{}\s]+)[^>]*>", re.I),
    "frame-src": re.compile(r"<iframe[^>]+src\s*=\s*[\"'](?:https?:)?//([^/\"'{}\s]+)", re.I),
    "form-action": re.compile(r"<form[^>]+action\s*=\s*[\"'](?:https?:)?//([^/\"'{}\s]+)", re.I),
}
PLAIN = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc\s*=\s*[\"']http://"
    r"|<link\b(?=[^>]*\brel\s*=\s*[\"']?(?:stylesheet|icon|shortcut|preload))[^>]*\bhref\s*=\s*[\"']http://",
    re.I,
)
"""Loaded over plain HTTP, which browsers refuse on a page that came by HTTPS."""
UNPROVEN = re.compile(r"<script\b(?![^>]*\bintegrity\s*=)[^>]*\bsrc\s*=\s*[\"'](?:https?:)?//", re.I)
"""A script from elsewhere, taken as it comes."""
OWN_WAYS = {"django", "rest_framework", "debug_toolbar", "cloudinary"}
"""Packages whose pages need nothing, are no part of a site that is live, or only give snippets to who asks for them."""


@dataclass
class TemplateContent:
    """What the templates load: hosts by directive, and the first place (file:line) of each thing to be told.

    *inline*: a script of the page's own; *plain*: loaded over plain HTTP; *unproven*: a script from elsewhere without
    its hash. *embedded*: other sites may show some of the pages.
    """

    hosts: dict[str, set[str]] = field(default_factory=dict)
    inline: str = ""
    plain: str = ""
    unproven: str = ""
    embedded: bool = False


def scan_templates(project: Project) -> TemplateContent:
    found = TemplateContent()
    for path in _templates(project):
        text = files.text(path)
        for directive, pattern in LOADED.items():
            found.hosts.setdefault(directive, set()).update(pattern.findall(text))
        found.inline = found.inline or _place(path, text, INLINE)
        found.plain = found.plain or _place(path, text, PLAIN)
        found.unproven = found.unproven or _place(path, text, UNPROVEN)
    views = {project.root / url.file for url in project.urls if url.file}
    found.embedded = any(EMBEDDED in files.text(path) for path in views)
    return found


def _place(path: Path, text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text)
    return f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}" if match else ""


def _templates(project: Project) -> Iterator[Path]:
    for name in project.inspect_settings()["template_dirs"]:
        folder = Path(name)
        package = folder.parts[folder.parts.index("site-packages") + 1] if "site-packages" in folder.parts else ""
        if package not in OWN_WAYS:
            yield from files.below(folder, "*.html")


def build_policy(found: TemplateContent) -> dict[str, list[str]]:
    """The directives and their sources; without any, the directive's name is all of it."""
    directives = {name: list(sources) for name, sources in BASE.items()}
    if found.embedded:  # the header alone knows which
        del directives["frame-ancestors"]
    if found.inline or found.hosts.get("script-src"):
        directives["script-src"] = ["'self'", *(["'unsafe-inline'"] if found.inline else [])]
        directives["connect-src"] = ["'self'", "https:", "wss:"]
    for directive, hosts in found.hosts.items():
        if hosts:
            directives.setdefault(directive, ["'self'"]).extend(f"https://{host}" for host in sorted(hosts))
    if found.plain:
        directives["upgrade-insecure-requests"] = []
    return directives
