"""All 24 tasks on the sample, end to end: evidence, a second run that changes nothing, and the way back."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from tests.conftest import copied
from tests.secret_watch import Watch
from wizard.base.process import MARK


def golive(*arguments, cwd):
    argv = [sys.executable, "-m", "wizard", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


def tree(folder):
    left_out = {".git", ".golive", "venv"}
    return {
        p.relative_to(folder): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not left_out & set(p.parts) and p.suffix != ".pyc"
    }


PROOFS = (
    "401 × 5, 429 × 1",
    "a row outlived a restart: yes; a password of every special sign, percent-encoded: yes",
    "RuntimeError: raised by the rehearsal to see the error page",
    "stops by SIGTERM",
    "the service was stopped and started: Monitor is DOWN: Health of the site; Monitor is UP: Health of the site",
    "A+ by the six headers; A+ with",
    "POST /api/orders/2/payment/ → 400",
    "RuntimeError: broken on purpose, by task 23",
)


def started_by(process, shop):
    try:
        return process.environ().get(MARK) == str(shop / "backend")
    except psutil.Error:
        return False


def test_the_sample_goes_through_three_days_and_back(rehearsed, tmp_path):
    """Begun by tasks 1 to 16, gone on with where that left off; `golive demo` does it all at once in a nightly test."""
    shop = copied(rehearsed, tmp_path / "shop")
    with Watch() as watch:
        first = golive("--auto", shop, cwd=tmp_path)
    assert first.returncode == 0, first.stderr[-3000:]
    assert "44 of 126 items done, 82 rehearsed, 0 need your input, 0 failed" in first.stdout
    told = rehearsed.with_suffix(".log").read_text() + first.stderr
    for proof in PROOFS:
        assert proof in told
    assert not [each for each in psutil.process_iter() if started_by(each, shop)], "nothing is left running"
    assert not watch.listening, "a rehearsal is seen by this machine alone"
    after = tree(shop)
    assert (shop / "backend/.env.production").stat().st_mode & 0o777 == 0o600
    secret = next(
        line.split("=")[1]
        for line in after[Path("backend/.env.production")].decode().splitlines()
        if "SECRET_KEY" in line
    )
    kept = [
        p.read_text(errors="replace")
        for p in (shop / "backend/.golive").rglob("*")
        if p.is_file() and p.parent.name != "backups"
    ]
    assert not any(secret in text for text in [*kept, first.stdout, first.stderr])

    second = golive("--auto", shop, cwd=tmp_path)
    assert second.returncode == 0
    assert tree(shop) == after

    checked = golive("check", "--project", shop / "backend", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, ""), "every ticked box still holds"
    log = Path("backend/logs/django.log")  # which got another record
    assert {**tree(shop), log: b""} == {**after, log: b""}

    tests = subprocess.run(
        [shop / "backend/venv/bin/python", "manage.py", "test"],
        cwd=shop / "backend",
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stderr

    undone = golive("undo", "1-24", "--project", shop / "backend", cwd=tmp_path)
    assert undone.returncode == 0, undone.stderr
    status = subprocess.run(["git", "status", "--porcelain"], cwd=shop, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_a_folder_without_a_project_is_refused(tmp_path):
    done = golive("--auto", tmp_path, cwd=tmp_path)
    assert done.returncode == 5
    assert "no manage.py" in done.stderr and "Traceback" not in done.stderr


def test_two_projects_ask_which(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    done = golive("--auto", tmp_path, cwd=tmp_path)
    assert done.returncode == 5
    assert "--manage a/manage.py" in done.stderr
