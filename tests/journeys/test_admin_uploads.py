"""Uploads in the admin, where no visitor can upload a file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journeys.surfaces import model, result, surface, view
from wizard.journeys import uploads
from wizard.journeys.admin_uploads import try_uploads
from wizard.journeys.context import Context
from wizard.journeys.people import new_account
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.project.inputs import Form, Input, Model


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


def page_of(package, route, *fields, **given):
    return view(route, "create", model="gallery.Picture", fields=fields, package=package, **given)


@pytest.mark.parametrize(
    ("package", "route", "tried"),
    [("gallery", "cms/pictures/add/", 1), ("", "pictures/add/", 0), ("gallery", "cms/<int:pk>/add/", 0)],
)
def test_staff_pages_of_an_installed_app_are_tried_after_the_admin(monkeypatch, package, route, tried):
    sent = []
    monkeypatch.setattr(uploads, "upload", lambda context, resource, operation, row: sent.append((resource, operation)))
    pages = (page_of(package, route, "title", "file:picture"), page_of(package, "cms/texts/add/", "title"))
    try_uploads(Context(surface(*pages, admin="/admin/"), {}, {}))
    assert [(each.label, str(operation)) for each, operation in sent] == [("gallery.Picture", f"POST /{route}")][:tried]
    assert all(operation.view.requires == "staff" for _, operation in sent)


def test_the_next_model_is_tried_until_a_small_and_a_large_file_are_kept(monkeypatch):
    models = [model(f"shop.{name}", "file:file", in_admin=True) for name in ("Poster", "Leaflet", "Menu")]
    verdicts = iter([(Verdict.WORKS, Verdict.OPEN), (Verdict.WORKS, Verdict.WORKS)])
    tried = []

    def upload(context, resource, operation, row):
        tried.append(resource.label)
        context.results += [result("upload", resource.label, verdict) for verdict in next(verdicts)]

    monkeypatch.setattr(uploads, "upload", upload)
    try_uploads(Context(surface(models=models, admin="/admin/"), {}, {}))
    assert tried == ["shop.Poster", "shop.Leaflet"]


def test_a_row_that_each_account_has_once_is_for_a_new_account(shelf):
    context = shelf.context()
    user = Input("user", "reference", model=context.surface.user_model)
    form = Form(
        "post", "multipart", (user, Input("photo", "image"), Input("boss", "reference", model=user.model)), "add"
    )
    face = Model("books.Face", "face", form.inputs, unique=("user", "photo"))
    found = new_account(context, Resource("face-admin", "face", face), form)
    assert list(found) == ["user"] and int(found["user"]) not in context.accounts.values()
    assert int(found["user"]) in context.rows.keys(context.surface.user_model)
    assert new_account(context, Resource("face-admin", "face", replace(face, unique=())), form) == {}
