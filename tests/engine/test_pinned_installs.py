"""New packages change no installed one, unless pip finds no versions that go with all of them in time."""

from __future__ import annotations

from types import SimpleNamespace

from wizard.base.errors import CommandError
from wizard.engine.actions.install_packages import InstallPackagesExecutor


def test_a_long_search_ends_and_only_django_keeps_its_version(tmp_path):
    tried = []

    def run(verb, *arguments, seconds, **options):
        pins = (tmp_path / "work" / "constraints.txt").read_text().split()
        tried.append((verb, arguments[-1], pins, seconds))
        if len(pins) > 1:
            raise CommandError("`pip install` timed out", "it was stopped")

    before = {"django": "5.0", "python-dateutil": "4.0.0"}
    context = SimpleNamespace(
        project=SimpleNamespace(work=tmp_path / "work", root=tmp_path), package_environment=SimpleNamespace(run=run),
        output=print, installed_versions=lambda: {**before, "python-dateutil": "2.9.0", "boto3": "1.44.8"},
    )  # fmt: skip
    action = SimpleNamespace(packages=("boto3",))
    done = InstallPackagesExecutor().apply(context, action, {"before": before})
    assert [(pins, seconds <= 120) for _, _, pins, seconds in tried] == [
        (["django==5.0", "python-dateutil==4.0.0"], True), (["django==5.0"], False),
    ]  # fmt: skip
    assert done["after"] == {"python-dateutil": "2.9.0", "boto3": "1.44.8"}
