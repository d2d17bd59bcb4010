"""Describe Django's class-based views: their form, model, role and templates."""

import inspect
import re

from .code_inputs import code_forms, guard_of, read_function, unguarded
from .code_results import Results
from .code_values import is_own
from .form_inputs import describe_form, described, is_form, is_formset, model_label
from .input_kinds import base_names, make_input
from .pretended import user_model, visitor
from .requirements import (
    by_decorators,
    by_method_decorators,
    by_mixins,
    prepared,
    strictest,
)
from .roles import role_by_class, role_by_code, role_by_words

GENERIC = {"FormMixin", "ModelFormMixin", "BaseFormView"}


def class_view(cls, callback, row, problems):
    """A class-based view, as JSON."""
    view = prepared_view(cls, callback, problems)
    results = own_results(cls)
    names = (row["name"], cls.__name__, row["route"])
    role = role_by_class(cls) or role_by_code(results, row, names)
    model = model_of(view, results, role)
    forms = class_forms(cls, view, results, role, "%s:%s" % (row["file"], row["line"] or cls.__name__), problems)
    if not model:
        model = next((form["model"] for form in forms if form.get("model")), "")
    if role in {"", "create"} and creates_user(forms):
        role = "signup"
    if not role and posted(forms):
        role = role_by_words(*names) if role_by_words(*names) in {"login", "signup", "upload", "reset"} else ""
    required = strictest(by_decorators(callback), by_method_decorators(cls), by_mixins(cls, callback))
    known = required or guard_of(results)
    return {
        "forms": forms,
        "model": model,
        "role": role,
        "requires": known or unguarded(results, callback),
        "templates": templates_of(view, results),
        "methods": methods_of(cls, row),
        "parameters": class_parameters(view),
        "outputs": results.outputs[:60],
    }


def prepared_view(cls, callback, problems):
    """The view as it would be for a user's request, or the class where that raises."""
    for user in ("user", "anonymous"):
        try:
            view = prepared(cls, callback, visitor(user))
        except Exception:
            continue
        return view
    return cls


def own_results(cls):
    """What the methods of the project's own classes among the bases do."""
    results = Results()
    for base in cls.__mro__:
        for name, member in list(vars(base).items()):
            function = inspect.unwrap(getattr(member, "__func__", member)) if callable(member) else None
            code = getattr(function, "__code__", None)
            if code is not None and is_own(code.co_filename):
                found = read_function(function, cls)
                merge(results, found, name)
    return results


def merge(results, found, name):
    """Add what one method does to what its class does."""
    for source, bag in found.bags.items():
        kept = results.bag(source)
        for key, read in bag.reads.items():
            kept.reads.setdefault(key, read)
    for attribute in ("forms", "templates", "calls", "created", "changed", "shown", "deleted", "guards", "outputs"):
        getattr(results, attribute).extend(getattr(found, attribute))
    for key, value in found.parameters.items():
        results.parameters.setdefault(key, value)
    results.methods |= found.methods | ({name} & {"post", "put", "patch", "delete"})
    results.auth |= found.auth
    results.uses_account = results.uses_account or found.uses_account
    results.relates = results.relates or found.relates


def class_forms(cls, view, results, role, place, problems):
    """The forms that the view accepts by POST."""
    found = wizard_steps(view)
    for form in form_classes(cls, view, problems):
        found.append(described_by(form, view))
    known = {form["source"] for form in found}
    found += [form for form in code_forms(results, place) if form["source"] not in known]
    accepts = hasattr(cls, "post")
    if not found and accepts and role in {"logout", "delete"}:
        found.append({"method": "post", "encoding": "form", "inputs": [], "source": "view %s" % cls.__qualname__})
    return found if accepts else [form for form in found if form["method"] == "get"]


def wizard_steps(view):
    """The forms of a wizard of django-formtools, one for each step."""
    steps = getattr(view, "form_list", None)
    if not isinstance(steps, dict) or not hasattr(view, "get_prefix"):
        return []
    found = []
    for name, form in steps.items():
        row = describe_form(form, prefix=name)
        step = make_input(view.get_prefix(view.request) + "-current_step", kind="hidden", initial=name)
        found.append({**row, "inputs": [step] + row["inputs"], "action": name})
    return found


def described_by(form, view):
    """A form as the view makes it, or by its class."""
    try:
        made = view.get_form()
    except Exception:
        return describe_form(form)
    return described(made, form) if type(made) is form and not is_formset(form) else describe_form(form)


def form_classes(cls, view, problems):
    """The classes of the view's forms and formsets."""
    if is_form(getattr(view, "input_class", None)):
        return [view.input_class]
    found = []
    if GENERIC & set(base_names(cls)) or hasattr(cls, "get_form_class"):
        try:
            view.object = getattr(view, "object", None)
            form = view.get_form_class()
        except Exception as error:
            problems.append("%s.get_form_class: %s: %s" % (cls.__qualname__, type(error).__name__, error))
            form = getattr(cls, "form_class", None)
        if is_form(form) and not empty(form):
            found.append(form)
    if not found and is_form(getattr(cls, "form_class", None)):
        found.append(cls.form_class)
    for inline in getattr(cls, "inlines", None) or ():
        found += inline_formset(inline, view)
    return found


def inline_formset(inline, view):
    """The formset of an inline of django-extra-views."""
    try:
        made = inline(view.model, view.request, None, {}, view)
        return [made.get_formset()]
    except Exception:
        return []


def empty(form):
    return not getattr(form, "base_fields", None) and form.__module__ == "django.forms.forms"


def model_of(view, results, role):
    """The label of the view's model."""
    for read in (
        lambda: view.model,
        lambda: view.queryset.model,
        lambda: view.get_queryset().model,
        lambda: view.get_form_class()._meta.model,
    ):
        try:
            return read()._meta.label
        except Exception:
            continue
    return code_model(results, role)


def code_model(results, role=""):
    """The label of the model that the code works with: what it deletes, creates, shows one of, or lists."""
    if role == "delete" and results.deleted:
        return results.deleted[0]._meta.label
    listed = [model for model, how in results.shown if how == "many"]
    if role == "list" and listed:
        return listed[0]._meta.label
    for use in results.forms:
        if use.posted and model_label(use.cls):
            return model_label(use.cls)
    single = [model for model, how in results.shown if how == "one"]
    many = [model for model, how in results.shown if how == "many"]
    for models in (results.created, results.changed, single[-1:], many):
        if models:
            return models[0]._meta.label
    return ""


def templates_of(view, results):
    try:
        names = list(view.get_template_names())
    except Exception:
        names = [getattr(view, "template_name", None)]
    return [str(name) for name in names + results.templates if name][:10]


def methods_of(cls, row):
    own = [name for name in ("get", "post", "put", "patch", "delete") if hasattr(cls, name)]
    if "put" in own and any("ProcessForm" in base for base in base_names(cls)):
        own.remove("put")
    return [name for name in own if name in (row["methods"] or own)]


def class_parameters(view):
    """The parameters that select the row: name -> field of the view's model."""
    found = {}
    if hasattr(view, "slug_url_kwarg"):
        found[str(view.slug_url_kwarg)] = str(view.slug_field)
    if hasattr(view, "pk_url_kwarg"):
        found[str(view.pk_url_kwarg)] = "pk"
    return found


def posted(forms):
    return [form for form in forms if form["method"] == "post" and form["inputs"]]


NAMES = re.compile(r"mail|user|login|phone|mobile|name", re.IGNORECASE)


def names_visitor(forms):
    """Whether a form asks who the visitor is, as a sign-up does. Also true if no form is known."""
    found = [each for form in posted(forms) for each in form["inputs"]]
    kinds = {"email", "phone", "password"}
    return not found or any(each.get("kind") in kinds or NAMES.search(each["name"]) for each in found)


def creates_user(forms):
    """Whether a form makes a user with a password."""
    label = getattr(getattr(user_model(), "_meta", None), "label", None)
    return any(
        form.get("model") == label and any(each.get("kind") == "password" for each in form["inputs"]) for form in forms
    )
