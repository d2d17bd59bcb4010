"""Faults in git and in files: what is deleted, renamed, ignored, committed or in conflict since it was ticked."""

from __future__ import annotations

from pathlib import Path

from tests.faults.fault import Edit, Fault, append, committed, delete, every, git, replace, without_line

SHOP = "election_cart"
SETTINGS, URLS = f"{SHOP}/settings.py", f"{SHOP}/urls.py"
STARTS = {"3.3", "4.4"}
"""What the items about starting are, in production and with manage.py."""


def rename(old: str, new: str) -> Edit:
    return lambda root: (root / old).rename(root / new).parent.touch()


def remove_folder(name: str) -> Edit:
    def edit(root: Path) -> None:
        for path in sorted((root / name).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (root / name).rmdir()

    return edit


def prepend(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).write_bytes(text.encode() + (root / name).read_bytes())

    return edit


def as_package(root: Path) -> None:
    """Make a package of the settings module, as developers do when it grows. BASE_DIR is one folder further up then."""
    module = root / SHOP / "settings.py"
    text = module.read_text()
    assert text.count(".parent.parent") == 1
    package = root / SHOP / "settings"
    package.mkdir()
    (package / "__init__.py").write_text(text.replace(".parent.parent", ".parent.parent.parent"))
    module.unlink()


def conflict(name: str, line: str, other: str) -> Edit:
    """A merge conflict in *line*, as git leaves it."""
    return replace(name, f"{line}\n", f"<<<<<<< HEAD\n{line}\n=======\n{other}\n>>>>>>> feature\n")


FAULTS = [
    Fault("files: 404.html deleted", delete("templates/404.html"),
          items={"2.3"}, says=["templates/404.html was deleted"], where="templates/404.html"),
    Fault("files: 404.html renamed", rename("templates/404.html", "templates/lost.html"),
          items={"2.3"}, says=["was renamed to backend/templates/lost.html"], where="templates/404.html"),
    Fault("files: 500.html deleted", delete("templates/500.html"),
          items={"2.4"}, says=["templates/500.html was deleted"], where="templates/500.html"),
    Fault("files: the error pages are ignored by git", append("../.gitignore", "\nbackend/templates/*.html\n"),
          items={"2.3", "2.4"}, says=[".gitignore:"], where="templates/"),
    Fault("files: staticfiles/ deleted", remove_folder("staticfiles"),
          items={"9.4"}, says=["staticfiles/ was deleted"]),
    Fault("files: health.py is deleted", delete(f"{SHOP}/health.py"),
          items=STARTS, says=["health", "health.py was deleted"], where="urls.py:"),
    Fault("files: ratelimits.py is renamed", rename(f"{SHOP}/ratelimits.py", f"{SHOP}/limits.py"),
          items=STARTS, says=["ratelimits", "was renamed to"]),
    Fault("files: wsgi.py is deleted", delete(f"{SHOP}/wsgi.py"), items={"3.3"}, says=["wsgi"]),
    Fault("files: settings become a package", as_package),
    Fault("files: a conflict in settings.py", conflict(SETTINGS, "ROOT_URLCONF = 'election_cart.urls'", "A = 1"),
          items=STARTS, says=["SyntaxError", "settings.py:"], where="settings.py:"),
    Fault("files: a conflict in urls.py", prepend(URLS, "<<<<<<< HEAD\n"),
          items=STARTS, says=["SyntaxError", "urls.py:1 was changed"], where="urls.py:1"),
    Fault("files: a syntax error in a view", append("orders/views.py", "\ndef broken(:\n"),
          items=STARTS, says=["SyntaxError", "orders/views.py:"], where="orders/views.py:"),
    Fault("git: urls.py is reset to the last commit", git("checkout", "--", URLS),
          items={"5.1", "5.2", "5.3", "5.4"}, says=["urls.py", "was reset to the last commit"]),
    Fault("git: an own change of the requirements", append("requirements.txt", "# soon: celery\n"),
          items={"8.2"}, says=["requirements.txt", "(uncommitted)"], where="requirements.txt"),
    Fault("git: requirements.txt is moved", every(
              git("mv", "requirements.txt", "requirements-production.txt"), git("commit", "--quiet", "-m", "Move")),
          items={"8.1"}, says=["requirements.txt was renamed to"], where="requirements.txt"),
    Fault("git: logs/ is not ignored", without_line("../.gitignore", "logs/"),
          items={"4.3"}, says=["logs", ".gitignore"]),
    Fault("git: logs/ is not ignored, in a commit", committed("../.gitignore", without_line("../.gitignore", "logs/")),
          items={"4.3"}, says=["logs", '.gitignore', '"Edit a file" (1 November 2026)']),
]  # fmt: skip
