"""Uploads in the admin, where no visitor can upload a file."""

from __future__ import annotations

from dataclasses import replace

from tests.journeys.surfaces import model, result, surface, view
from wizard.journeys.admin_uploads import try_uploads
from wizard.journeys.context import Context
from wizard.journeys.result import Verdict


def test_the_staff_upload_files_in_the_admin(shelf):
    context = shelf.context()
    documents = tuple(each for each in shelf.surface.models if each.label == "books.Document")
    context.surface = replace(shelf.surface, models=documents)
    try_uploads(context)
    small, large = context.results
    assert (small.verdict, large.verdict) == (Verdict.WORKS, Verdict.WORKS), (small.why, large.why)
    assert small.why.startswith("POST /admin/books/document/add/ → 302; ")
    assert "5,2" in large.why, large.why


def test_the_admin_is_left_alone_where_visitors_upload():
    site = surface(models=[model("shop.Poster", "file:poster", in_admin=True)], admin="/admin/")
    context = Context(site, {}, {})
    context.results.append(result("upload", "shop.Poster"))
    try_uploads(context)
    assert len(context.results) == 1


def test_the_app_of_a_model_tells_its_package():
    pages = (view("a/", model="shelves.Shelf", package="shelves"), view("b/", model="shop.Book"))
    context = Context(surface(*pages), {}, {})
    assert [context.package_of_app(label) for label in ("shelves.Loan", "shop.Author")] == ["shelves", ""]
