"""Uploads in the admin: where no visitor can upload a file, the staff upload those of the site's models there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wizard.journeys import uploads
from wizard.journeys.addresses import parameters
from wizard.journeys.context import Context, without_set_up
from wizard.journeys.operations import Operation
from wizard.journeys.resources import Resource
from wizard.journeys.result import JourneyResult, Verdict
from wizard.project.inputs import Form, Model, View
from wizard.project.urls import Url

MODELS = 3
"""Models that are tried until a file of one is kept."""


def try_uploads(context: Context) -> None:
    """Upload a small file and a large one in the admin, unless a visitor has uploaded one."""
    if any(each.kind == "upload" and each.verdict is Verdict.WORKS for each in context.results):
        return
    models = [model for model in context.surface.models if model.in_admin and _files(model)]
    models.sort(key=lambda model: (context.package_of_app(model.label) != "", _needed(model)))
    for model in models[:MODELS]:
        if context.is_late:
            return
        before = len(context.results)
        _try(context, model)
        if _is_decided(context.results[before:]):
            return
    _try_pages(context)


def _try_pages(context: Context) -> None:
    """Upload at the pages that an installed app has for staff, such as the library of pictures of a CMS."""
    found = [
        (view, form)
        for view in context.surface.views
        for form in view.forms
        if (view.package or view.library)
        and form.method == "post"
        and uploads.file_inputs(form)
        and (form.model or view.model)
        if not parameters(view.url.route)
    ]
    found.sort(key=lambda each: sum(part.required for part in each[1].inputs))
    for view, form in found[:MODELS]:
        label = form.model or view.model
        word = label.rpartition(".")[2].lower()
        known = context.surface.model(label)
        model = known or Model(label, word, form.inputs)
        if context.is_late:
            return
        operation = Operation("create", replace(view, requires="staff"), "post", form, label)
        before = len(context.results)
        uploads.upload(
            context, Resource(f"{word}-staff", model.title, model, {"create": operation}, (), False), operation, None
        )
        if _is_decided(context.results[before:]):
            return


def _try(context: Context, model: Model) -> None:
    app, name = model.label.lower().split(".")
    route = f"{context.surface.admin.strip('/')}/{app}/{name}/add/"
    url = Url(
        route, None, "django.contrib.admin", None, None, "class", ("get", "post"), None, is_async=False, drf=False
    )
    form = Form("post", "multipart", model.inputs, f"the admin's form of {model.label}", model.label)
    view = View(url, (form,), model.label, "create", "staff")
    operation = Operation("create", view, "post", form, model.label)
    resource = Resource(f"{name}-admin", f"{model.title} in the admin", model, {"create": operation}, (), False)
    before = len(context.results)
    uploads.upload(context, resource, operation, None)
    if not (package := context.package_of_app(model.label)):
        return
    for number, result in enumerate(context.results[before:], before):
        if result.verdict is Verdict.BROKEN:
            why = without_set_up(result.why, package)
            context.results[number] = replace(result, verdict=Verdict.OPEN, why=why, expected="")


def _is_decided(results: Sequence[JourneyResult]) -> bool:
    """Whether both uploads work, or one is broken."""
    verdicts = {each.verdict for each in results}
    return verdicts == {Verdict.WORKS} or Verdict.BROKEN in verdicts


def _files(model: Model) -> bool:
    return any(each.kind in ("file", "image") for each in model.inputs)


def _needed(model: Model) -> int:
    """How many fields the admin's form must have filled: the fewer, the more likely it is accepted."""
    return sum(each.required for each in model.inputs)
