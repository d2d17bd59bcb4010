"""The location of a module that Golive adds, and how Golive recognises the module later."""

from __future__ import annotations

import pytest

from steps.shared import added_modules
from tests.steps.fakes import FakeProject


def project_with(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    return FakeProject(tmp_path, values={"ROOT_URLCONF": "shop.urls"}, urls_file=tmp_path / "urls.py")


def test_a_new_module_is_placed_next_to_the_root_urlconf(tmp_path):
    assert added_modules.locate(project_with(tmp_path), "health.py") == (tmp_path / "health.py", "shop.health")


def test_a_module_or_app_of_the_project_keeps_its_name(tmp_path):
    project = project_with(tmp_path, health='"""Of the project."""\n')
    assert added_modules.locate(project, "health.py")[1] == "shop.site_health"
    (tmp_path / "site_health").mkdir()
    assert added_modules.locate(project, "health.py")[1] == "shop.golive_health"


@pytest.mark.parametrize("name", sorted(added_modules.EARLIER_FIRST_LINES))
def test_a_module_is_recognised_by_its_first_line_in_every_version(tmp_path, name):
    stem = name.removesuffix(".py")
    first_line = (added_modules.TEMPLATES / name).read_text().splitlines()[0]
    for text in (first_line, f'"""{added_modules.EARLIER_FIRST_LINES[name]}'):
        project = project_with(tmp_path, **{stem: f"{text}\n"})
        assert added_modules.locate(project, name)[0].stem == stem


def test_a_template_names_the_platforms_variable_and_header(tmp_path):
    project = project_with(tmp_path)
    text = added_modules.render(project, "ratelimits.py")
    assert f'os.environ.get("{project.platform.marker_variable}")' in text
    assert f'meta.get("{project.platform.client_meta}", "")' in text
    assert "PLATFORM_MARKER" not in text
