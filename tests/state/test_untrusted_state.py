"""Nothing that comes with a stranger's repository is believed or run: state, configuration, modules, links."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from wizard.base import files, git
from wizard.base.errors import ProjectError, StateError, StepError
from wizard.base.git import Git
from wizard.project.trust import is_trusted, trust
from wizard.state import signing, state_file
from wizard.state.journal import Journal
from wizard.state.lock import Lock, copy_lock

TOP = Path(__file__).parents[2]
GOLIVE = Path(sys.executable).parent / "golive"
READING = (("plan", "2"), ("--dry-run",), ("check",), ("doctor",), ("status",), ("report",), ("flows",))
WRITING = (("--auto", "--only", "2"), ("undo", "2"), ("forget",), ("launch",), ("waive", "2.1", "because"))


def golive(*words, cwd=TOP, **environment):
    """Golive as it is installed."""
    given = {**os.environ, **environment}
    argv = [str(GOLIVE), *map(str, words)]
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env=given)


def on(shop, python, words):
    """The command *words* on the project, with the interpreter where the command takes one."""
    runs = words[0] in {"plan", "--dry-run", "check", "doctor", "flows", "--auto"}
    return [*words, "--project", shop, *(["--python", python] if runs else [])] if words[0] != "--auto" else [
        *words, "--python", python, shop]  # fmt: skip


def whole(folder):
    """Every file, folder and link with its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = "link" if path.is_symlink() else "folder" if path.is_dir() else "file"
        found[str(path.relative_to(folder))] = (kind, path.read_bytes() if kind == "file" else b"")
    return found


def checksummed(record):
    """A line as version 2 wrote it: valid, and signed by nobody."""
    body = json.dumps(record).encode()
    return body[:-1] + f', "sum": "{zlib.crc32(body):08x}"}}\n'.encode()


# ---- S1: a state that a repository ships


@pytest.fixture
def victim(shop):
    """A folder beside the repository that holds something precious."""
    folder = shop.parents[1] / "victim" / "docs"
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("ten years")
    return folder


def shipped(shop, victim, *, tracked):
    """A journal with open records that would delete the victim's folder, and write a file beside it."""
    backups = shop / ".golive" / "backups"
    backups.mkdir(parents=True)
    content = b"ssh-rsa attacker"
    (backups / files.digest(content)).write_bytes(content)
    up = "../victim"
    actions = (
        {"kind": "MakeDirectory", "path": f"{up}/docs", "existed": False},
        {"kind": "WriteFile", "path": f"{up}/authorized_keys", "before": files.digest(content), "after": None,
         "mode": 0o600, "made": [], "secret": False},
        {"kind": "RunCommand", "argv": ["x"], "outputs": [{"path": f"{up}/docs", "existed": False, "files": {}}]},
    )  # fmt: skip
    lines = [
        checksummed({"kind": "begin", "batch": str(number), "task": 2, "index": 0, "temporary": True, "action": action})
        for number, action in enumerate(actions)
    ]
    (shop / ".golive" / "journal.jsonl").write_bytes(b"".join(lines))
    if tracked:
        subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
        subprocess.run(["git", "commit", "--quiet", "-m", "A present"], cwd=shop, check=True)


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "in an archive"])
def test_a_state_that_is_not_ones_own_is_refused_in_one_line_and_never_acted_upon(shop, python, victim, tracked):
    shipped(shop, victim, tracked=tracked)
    before, outside = whole(shop), whole(victim.parent)
    for words in (*READING, *WRITING):
        told = golive(*on(shop, python, words))
        assert told.returncode == 5 or words == ("doctor",), (words, told.stdout, told.stderr)
        said = told.stdout if words == ("doctor",) else told.stderr
        reason = "is tracked by git" if tracked else "is not signed by you on this machine"
        [line] = [line for line in said.splitlines() if reason in line]
        assert str(shop / ".golive") in line
        assert "Traceback" not in told.stderr
    assert whole(victim.parent) == outside
    assert whole(shop) == before, "nothing was written in the project either"


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "in an archive"])
def test_adopting_what_a_stranger_sent_does_not_reach_out_of_the_repository(shop, victim, tracked):
    shipped(shop, victim, tracked=tracked)
    outside = whole(victim.parent)
    told = golive("adopt", "--project", shop)
    assert told.returncode == 5
    assert ("names a path outside of the repository" in told.stderr) is not tracked
    assert whole(victim.parent) == outside


def test_ones_own_state_that_was_committed_is_refused_with_the_way_out(shop, python):
    assert golive("--auto", "--only", "2", "--python", python, shop).returncode == 0
    subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
    told = golive("status", "--project", shop)
    assert (told.returncode, "git rm -r --cached .golive" in told.stderr) == (5, True)
    subprocess.run(["git", "rm", "-r", "--quiet", "--cached", ".golive"], cwd=shop, check=True)
    assert golive("undo", "2", "--project", shop).returncode == 0


# ---- S5: links and special files in the place of the state


@pytest.mark.parametrize("name", ["", "state.json", "journal.jsonl", "backups", "runs", "lock", ".gitignore"])
def test_a_state_behind_a_link_is_refused(shop, python, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if name:
        state_file.prepare(shop)
        target = elsewhere / "target"
        target.mkdir() if name in {"backups", "runs"} else target.write_text("")
        (shop / ".golive" / name).unlink(missing_ok=True)
        (shop / ".golive" / name).symlink_to(target)
    else:
        (shop / ".golive").symlink_to(elsewhere)
    before = whole(elsewhere)
    for words in (("status",), ("undo", "2"), *([] if name else [("plan", "2"), WRITING[0]])):
        told = golive(*on(shop, python, words))
        assert "is a link to" in told.stdout + told.stderr, words
    assert whole(elsewhere) == before


def fifo(path):
    os.mkfifo(path)


def listening(path):
    made = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    made.bind(path.name)
    os.chdir(here)
    made.close()


@pytest.mark.parametrize("make", [fifo, listening])
@pytest.mark.parametrize("name", ["state.json", "journal.jsonl", "lock"])
def test_a_special_file_in_the_state_is_refused_and_not_waited_for(shop, name, make):
    state_file.prepare(shop)
    make(shop / ".golive" / name)
    told = golive("status", "--project", shop)
    assert told.returncode == 5
    assert f"{name} is no plain file or folder" in told.stderr


# ---- S7: the repository's own git configuration


def traps(shop, ran):
    """Everything in a repository's configuration that names a program, each leaving a trace of its own."""
    program = ran.parent / "trap"
    program.write_text(f"#!/bin/sh\ntouch {ran}/$1\ncat\n")
    program.chmod(0o755)
    hooks = ran.parent / "hooks"
    hooks.mkdir()
    for hook in (
        "pre-commit",
        "post-index-change",
        "post-checkout",
        "reference-transaction",
        "pre-push",
        "post-rewrite",
    ):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {ran}/hook-{hook}\n")
        (hooks / hook).chmod(0o755)
    values = {
        "core.fsmonitor": f"{program} fsmonitor", "core.hooksPath": str(hooks), "core.pager": f"{program} pager",
        "pager.log": f"{program} pager", "pager.show": f"{program} pager", "diff.external": f"{program} diff",
        "filter.trap.clean": f"{program} clean", "filter.trap.smudge": f"{program} smudge",
        "filter.trap.process": f"{program} process", "diff.trap.textconv": f"{program} textconv",
        "diff.trap.command": f"{program} command", "gpg.program": f"{program} gpg", "log.showSignature": "true",
        "core.sshCommand": f"{program} ssh", "core.gitProxy": f"{program} proxy", "core.askPass": f"{program} askpass",
        "core.editor": f"{program} editor", "credential.helper": f"!{program} credential",
        "core.alternateRefsCommand": f"{program} refs", "uploadpack.packObjectsHook": f"{program} pack",
        "protocol.ext.allow": "always", "remote.origin.url": f"ext::{program} ext", "remote.origin.promisor": "true",
        "extensions.partialClone": "origin", "alias.ls-files": f"!{program} alias",
    }  # fmt: skip
    for name, value in values.items():
        subprocess.run(["git", "config", name, value], cwd=shop, check=True)
    (shop / ".gitattributes").write_text("* filter=trap diff=trap\n")


def test_nothing_of_the_repositorys_configuration_runs(shop, python, tmp_path):
    assert golive("--auto", "--only", "2", "--no-commit", "--python", python, shop).returncode == 0
    ran = tmp_path / "ran"
    ran.mkdir()
    traps(shop, ran)
    for words in (*READING, ("undo", "2"), ("forget",), ("launch",)):
        for path in shop.rglob("*.py"):
            os.utime(path)  # git would look at the content again, through its filters
        told = golive(*on(shop, python, words))
        assert "Traceback" not in told.stderr
        assert sorted(each.name for each in ran.iterdir()) == [], words


def test_the_traps_would_be_seen(shop, tmp_path):
    ran = tmp_path / "ran"
    ran.mkdir()
    traps(shop, ran)
    subprocess.run(["git", "status"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "add", "--all"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "commit", "-m", "x"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "log", "-p", "-1"], cwd=shop, check=False, capture_output=True)
    seen = {each.name for each in ran.iterdir()}
    assert {"fsmonitor", "hook-pre-commit"} <= seen
    assert seen & {"clean", "process"}


def test_a_commit_runs_the_users_hooks_which_the_plan_names_before(shop, python, tmp_path):
    hook = shop.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    plan = golive("plan", "16", "--project", shop, "--python", python)
    assert "Commit Procfile" in plan.stdout
    assert "your pre-commit hook runs" in plan.stdout
    assert not (tmp_path / "hooked").exists()
    done = golive("--auto", "--only", "16", "--python", python, shop)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "hooked").exists()


def test_a_work_tree_elsewhere_is_refused(shop, python, tmp_path):
    """core.worktree would make a folder of the user's a part of the project."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "private.txt").write_text("private")
    subprocess.run(["git", "config", "core.worktree", str(tmp_path)], cwd=shop, check=True)
    told = golive("plan", "2", "--project", shop, "--python", python)
    assert told.returncode == 5
    assert "has its working tree at" in told.stderr
    assert "git config --unset core.worktree" in told.stderr


# ---- S8, S10: trust


@pytest.fixture
def untrusting(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "untrusting"))


@pytest.fixture
def tracing(shop, tmp_path):
    """A project that leaves a trace where its code is run."""
    settings = shop / "election_cart" / "settings.py"
    trace = tmp_path / "ran"
    settings.write_text(f"open({str(trace)!r}, 'w').close()\n" + settings.read_text())
    return trace


@pytest.mark.parametrize("words", [("--auto", "--only", "2"), ("plan", "2"), ("--dry-run",), ("check",), ("flows",),
                                   ("doctor",), ("demo", "{shop}", "--auto")])  # fmt: skip
def test_no_command_runs_a_strangers_code_unasked(shop, python, untrusting, tracing, words):
    words = [word.format(shop=shop) for word in words]
    before = whole(shop)
    told = golive(*(words if words[0] == "demo" else on(shop, python, words)))
    assert not tracing.exists()
    assert whole(shop) == before
    if words[0] == "doctor":
        assert told.returncode == 1
        assert "✘ trust: You have not trusted" in told.stdout
    else:
        assert told.returncode == 2
    if words[0] not in {"demo", "doctor"}:
        assert f"You have not trusted {shop} yet" in told.stderr
        assert "manage.py and its settings (election_cart.settings)" in told.stderr
        assert "--trust" in told.stderr


def test_trust_is_given_once_by_a_flag_and_in_ci_by_a_line(shop, python, untrusting, tracing):
    told = golive("plan", "2", "--project", shop, "--python", python, CI="true")
    assert told.returncode == 0
    assert f"CI is set: running the code in {shop} without asking" in told.stderr
    assert tracing.exists()
    assert not is_trusted(shop), "CI is no answer for later"
    tracing.unlink()
    assert golive("plan", "2", "--trust", "--project", shop, "--python", python).returncode == 0
    assert tracing.exists()
    assert golive("plan", "2", "--project", shop, "--python", python).returncode == 0
    assert is_trusted(shop)


def test_what_is_trusted_is_where_the_code_lies(shop, python, untrusting, tracing, tmp_path):
    """A trusted folder with a link, or an option, that leads to a project elsewhere."""
    mine = tmp_path / "mine"
    mine.mkdir()
    trust(mine)
    (mine / "way").symlink_to(shop)
    for words in (("plan", "2", "--project", mine / "way"), ("plan", "2", "--project", mine, "--manage", shop)):
        assert golive(*words, "--python", python).returncode == 2
    assert not tracing.exists()


def test_a_folder_that_looks_like_the_demo_is_no_demo(shop, python, untrusting, tracing):
    (shop / ".golive").mkdir()
    (shop / "venv").mkdir(exist_ok=True)
    (shop / "venv" / "pyvenv.cfg").write_text("")
    told = golive("demo", shop.parent, "--auto")
    assert (told.returncode, "already exists" in told.stderr) == (2, True)
    assert not is_trusted(shop)
    assert not tracing.exists()


# ---- S9: Golive's own process


def test_golives_process_imports_nothing_of_the_project(shop, python, tmp_path):
    """Modules named like Golive's, like those it uses, and like those Python imports at its start."""
    ran = tmp_path / "ran"
    ran.mkdir()
    names = (
        "wizard screens steps yaml httpx textual rich json argparse hmac platformdirs sitecustomize usercustomize site"
    )
    for name in [*names.split(), "packaging", "psutil"]:
        (shop / name).mkdir()
        trap = f"open({str(ran / name)!r}, 'w').close()\n    raise SystemExit(77)\n"
        # The project's own interpreter may import them: it runs the project's code, and is trusted to.
        (shop / name / "__init__.py").write_text(f"import sys\nif 'wizard' in sys.orig_argv:\n    {trap}")
    plugin = shop / "evil-1.0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text("[golive.steps]\nt02_fix_debug = evil:Step\n")
    link = tmp_path / "golive"  # as pipx and uv put it on PATH
    link.symlink_to(GOLIVE)
    for words in (["status"], ["report"], ["plan", "2", "--python", python], ["doctor", "--python", python]):
        told = subprocess.run(
            [link, *words], cwd=shop, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": ".", "PYTHONSTARTUP": "wizard/__init__.py"},
        )  # fmt: skip
        assert "Traceback" not in told.stderr
        assert told.returncode in {0, 1, 5}, told.stderr
        assert sorted(path.name for path in ran.iterdir()) == [], words


@pytest.mark.parametrize("given", [{}, {"PYTHONPATH": "."}, {"PYTHONPATH": "modules"}])
def test_python_m_wizard_leaves_the_current_folder_out(shop, tmp_path, given):
    """Where Golive's own package is the installed one; a `wizard` of the project would be found before it."""
    ran = tmp_path / "ran"
    for folder in (shop, shop / "modules"):
        folder.mkdir(exist_ok=True)
        for name in ("yaml", "argparse", "screens", "steps", "platformdirs"):
            (folder / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit(77)\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | given
    argv = [sys.executable, "-m", "wizard", "status"]
    told = subprocess.run(argv, cwd=shop, capture_output=True, text=True, check=False, env=environment)
    assert told.returncode == 0, told.stderr
    assert not ran.exists()


# ---- S11, S12, S13


def test_the_copy_is_locked_where_it_lies(shop, python):
    """.golive/ and the lock in it may go; the copy in the cache stays another run's."""
    with Lock(copy_lock(shop)):
        for words in (("--auto", "--only", "2"), ("plan", "2"), ("check",)):
            told = golive(*on(shop, python, words))
            assert told.returncode == 4, told.stderr
            assert "Another run of Golive works on this project" in told.stderr


def test_reading_commands_write_nothing_into_a_project(shop, python):
    before = whole(shop)
    for words in READING:
        told = golive(*on(shop, python, words))
        assert "Traceback" not in told.stderr, told.stderr
        assert whole(shop) == before, words
    assert not signing.key_file().exists() or signing.key_file().stat().st_mode & 0o777 == 0o600


def test_reading_commands_recover_nothing(shop, python):
    """A run was killed between two changes; what is half done waits for the next run that may write."""
    folder = shop / "half"
    journal = Journal(state_file.prepare(shop))
    action = {"kind": "MakeDirectory", "path": os.path.relpath(folder, shop.parent), "existed": False}
    journal.append("begin", batch="b", task=4, index=0, temporary=False, top="..", action=action)
    folder.mkdir()
    for words in (("check",), ("doctor",), ("status",), ("--dry-run", "--only", "2")):
        told = golive(*on(shop, python, words))
        assert folder.is_dir(), words
        assert [batch.interrupted for batch in journal.batches()] == [True]
    assert "Task 4 was interrupted and is half done" in told.stderr
    assert golive("waive", "2.1", "because", "--project", shop).returncode == 0
    assert not folder.exists()


def test_a_dry_run_of_an_undo_undoes_nothing(shop, python):
    assert golive("--auto", "--only", "2", "--python", python, shop).returncode == 0
    before = whole(shop)
    told = golive("undo", "2", "--dry-run", "--project", shop)
    assert told.returncode == 0
    assert "task 2: restore backend/election_cart/settings.py" in told.stdout
    assert whole(shop) == before
    assert golive("undo", "2", "--project", shop).stdout == "Undid 1 plan.\n"


@pytest.mark.parametrize("line", [
    "forget --dry-run", "launch --dry-run", "confirm 2.1 x --dry-run", "check --dry-run", "status --auto",
    "undo 2 --target local", "report --trust", "plan 2 --port 1", "undo 2 --dry",
])  # fmt: skip
def test_a_flag_that_a_command_does_not_have_is_a_usage_error(shop, line):
    before = whole(shop)
    told = golive(*line.split(), "--project", shop)
    assert told.returncode == 2
    assert re.fullmatch(r"golive: golive \w+ has no option --.*\. See `golive \w+ --help`\.\n", told.stderr)
    assert whole(shop) == before


@pytest.mark.parametrize("name", ["settings_block", "middleware", "files", "__init__", "t99_none", "os"])
def test_only_steps_are_names_of_steps(shop, name):
    task = f'day: 3, session: Afternoon, task: 25, title: x, minutes: 1, step: {name}, items: [{{id: "25.1", text: y}}]'
    (shop / "golive.yaml").write_text(f"version: 1\ntasks:\n  - {{{task}}}\n")
    told = golive("status", "--project", shop)
    assert told.returncode == 2
    assert "golive.yaml:3" in told.stderr
    assert f"the unknown step '{name}'" in told.stderr
    assert "settings_block" not in told.stderr.partition("expected")[2]


@pytest.mark.parametrize("form", ["version 4", "split", "worktree"])
def test_a_tracked_state_is_seen_in_every_form_of_gits_index(shop, tmp_path, form):
    state_file.prepare(shop)
    (shop / ".golive" / "state.json").write_text("{}")
    subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "x"], cwd=shop, check=True)
    if form == "version 4":
        subprocess.run(["git", "update-index", "--index-version", "4"], cwd=shop, check=True)
    elif form == "split":
        subprocess.run(["git", "update-index", "--split-index"], cwd=shop, check=True)
    else:
        subprocess.run(["git", "worktree", "add", "--quiet", tmp_path / "tree"], cwd=shop, check=True)
        shop = tmp_path / "tree" / shop.name
    with pytest.raises(StateError, match="is tracked by git"):
        state_file.load(shop)


def test_an_overlay_behind_a_link_out_of_the_repository_is_refused(shop, tmp_path):
    (tmp_path / "private.yaml").write_text("version: 1\nitems: secret\n")
    (shop / "golive.yaml").unlink()
    (shop / "golive.yaml").symlink_to(tmp_path / "private.yaml")
    told = golive("status", "--project", shop)
    assert told.returncode == 2
    assert "golive.yaml is a link out of the repository" in told.stderr
    assert "secret" not in told.stderr
    (shop / "golive.yaml").unlink()
    (shop.parent / "shared.yaml").write_text("version: 1\n")
    (shop / "golive.yaml").symlink_to(shop.parent / "shared.yaml")
    assert golive("status", "--project", shop).returncode == 0, "one within the repository is fine"


def test_a_changed_file_that_became_a_link_out_is_not_in_the_report(shop, python, tmp_path):
    assert golive("--auto", "--only", "2", "--python", python, shop).returncode == 0
    assert "election_cart/settings.py" in golive("report", "--project", shop).stdout
    (tmp_path / "private").write_text("my private words\n")
    settings = shop / "election_cart" / "settings.py"
    settings.unlink()
    settings.symlink_to(tmp_path / "private")
    told = golive("report", "--project", shop)
    assert told.returncode == 0
    assert "my private words" not in told.stdout


@pytest.mark.parametrize("make", ["owner", "syntax", "link"])
def test_a_repository_that_git_cannot_read_is_told_and_not_taken_for_none(shop, make):
    """Else a key in its history would be called "never in git", and a tracked state would be believed."""
    config = shop.parent / ".git" / "config"
    if make == "syntax":
        config.write_text("[core\n")
    elif make == "owner":
        if os.geteuid():
            pytest.skip("only root can give a file to another user")
        os.chown(shop.parent / ".git", 12345, 12345)
        os.chown(shop.parent, 12345, 12345)
    else:
        (shop.parent / ".git").rename(shop.parent / "gone")
        (shop.parent / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(ProjectError, match="git can't read the repository") as told:
        Git.of(shop)
    assert "fatal: " in told.value.why
    assert make != "owner" or "git config --global --add safe.directory" in told.value.why, "git's own way out"
    (shop / ".golive").mkdir()
    (shop / ".golive" / "state.json").write_text("{}")
    with pytest.raises(StateError, match=r"can't be checked|is not signed by you"):
        state_file.load(shop)


def test_an_index_of_git_that_is_no_file_is_not_waited_for(shop, monkeypatch):
    state_file.prepare(shop)
    index = shop.parent / ".git" / "index"
    index.unlink()
    os.mkfifo(index)
    monkeypatch.setattr(git, "LIMIT", 0.5)
    with pytest.raises((StateError, StepError), match=r"git ls-files gave no answer|can't be checked"):
        state_file.load(shop)
