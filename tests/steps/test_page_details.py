"""What a page shows of the site is described without its secrets, however large the page is."""

from __future__ import annotations

import time

import pytest

from steps.shared import health_answer, page_details
from tests.steps.fakes import FakeProject, response
from wizard.base.secrets import HIDDEN, remember

SECRET = "a-password-in-a-page-that-is-cut"
remember(SECRET)


def project(tmp_path):
    copy = FakeProject(tmp_path).copy
    return FakeProject(tmp_path, host="shop.example", production_env=tmp_path / ".env.production", copy=copy)


def test_a_detail_that_is_cut_shows_no_half_of_a_secret(tmp_path):
    text = f'File "/app/{"x" * 40}/{SECRET}/views.py", line 3'
    found = page_details.found_details(project(tmp_path), response(200, text))
    assert found == f'a traceback: File "/app/{"x" * 40}/{HIDDEN}'[:73]


@pytest.mark.parametrize("text", ["<script>", "&lt;style&gt;", "<script></scrip"])
def test_a_path_after_a_script_that_does_not_end_is_found(tmp_path, text):
    page = response(200, f"<p>{text} /srv/shop/app/a</p>")
    assert page_details.found_details(project(tmp_path), page) == "a path of the server: /srv/shop/app"


@pytest.mark.parametrize("attribute", ["data-url", "x-data-url", "href"])
def test_a_path_in_an_address_is_no_detail(tmp_path, attribute):
    page = response(200, f'<p {attribute}="/srv/shop/app/a">Welcome</p><style>a {{ src: "/srv/shop/app/a" }}</style>')
    assert not page_details.found_details(project(tmp_path), page)


@pytest.mark.parametrize("part", ["<style ", "<!--", "data-", "data-x ", "/a", "a", "a/", "1", "<a ", "&lt;script "])
def test_a_page_is_read_in_linear_time(tmp_path, part):
    page = response(200, part * 16_000)
    started = time.process_time()
    page_details.found_details(project(tmp_path), page)
    page_details.is_blank(page)
    health_answer.find_leak(project(tmp_path), page)
    health_answer.is_healthy(page)
    assert time.process_time() - started < 1.5
