"""Day one on the sample, end to end: evidence, a second run that changes nothing, and the way back."""

import os
import subprocess
import sys
from pathlib import Path


def golive(*arguments, cwd):
    argv = [sys.executable, "-m", "wizard", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


def tree(folder):
    left_out = {".git", ".golive", "venv"}
    return {
        p.relative_to(folder): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not left_out & set(p.parts) and p.suffix != ".pyc"
    }


def test_the_sample_goes_through_day_one_and_back(tmp_path):
    shop = tmp_path / "shop"
    first = golive("demo", "--auto", shop, cwd=tmp_path)
    assert first.returncode == 3, first.stderr[-3000:]  # only the database password waits for a person
    assert "38 of 39 items done, 1 wait for a person, 0 failed" in first.stdout
    assert "401 × 5, 429 × 1" in first.stderr
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
    assert second.returncode == 3
    assert tree(shop) == after

    tests = subprocess.run(
        [shop / "backend/venv/bin/python", "manage.py", "test"],
        cwd=shop / "backend",
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stderr

    undone = golive("undo", "1-10", "--project", shop / "backend", cwd=tmp_path)
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
