"""Accounts in the scratch database, and requests made as them."""

from .protocol import operation


@operation("user")
def user(request):
    """Create an account in the scratch database, log it in, and return the cookies of its session."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    model = get_user_model()
    values = {**required_values(model, request["name"]), **request.get("values", {})}
    account = model(**{name: value for name, value in values.items() if name != "password"})
    if hasattr(account, "email") and not account.email:
        account.email = request["name"] + "@example.com"
    for flag in ("is_active", "is_verified", "email_verified"):
        if isinstance(getattr(account, flag, None), bool):
            setattr(account, flag, True)
    account.set_password(request["password"])
    account.save()
    from django.apps import apps

    cookies = {}
    if apps.is_installed("django.contrib.sessions"):
        from django.test import Client

        client = Client()
        client.force_login(account)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return {
        "pk": str(account.pk),
        "username": str(getattr(account, model.USERNAME_FIELD)),
        "email": getattr(account, "email", ""),
        "cookies": cookies,
    }


def required_values(model, name):
    """Values for the fields of *model* that must have one."""
    from django.db import models
    from django.utils import timezone

    values = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default() or field.null or field.blank:
            continue
        if isinstance(field, models.EmailField):
            values[field.attname] = name + "@example.com"
        elif isinstance(field, (models.DateTimeField, models.DateField)):
            values[field.attname] = timezone.now()
        elif isinstance(field, models.CharField):
            values[field.attname] = name[: field.max_length or 150]
    return values


@operation("add_host")
def add_host(request):
    """Add a host name to the models that map host names to tenants, and return the names of these models."""
    import django

    django.setup()
    from django.apps import apps
    from django.db import models

    changed, host = [], request["host"]
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        name = next(
            (name for name in ("domain", "hostname", "host", "domain_name", "subdomain") if name in fields), None
        )
        if name is None or not isinstance(fields[name], models.CharField):
            continue
        value = host.split(".")[0] if name == "subdomain" else host
        if not model._default_manager.filter(**{name: value}).exists():
            create_row(model, {name: value})
        changed.append(model._meta.label)
    return {"models": changed}


def create_row(model, values, depth=3):
    """Create a row of *model* with these *values*, and the rows that it needs."""
    from django.db import models

    given = {**required_values(model, "golive"), **values}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.SlugField) and not field.blank:
            given.setdefault(field.name, "golive")
        if field.is_relation and not field.null and not field.has_default() and field.name not in given and depth:
            given.pop(field.attname, None)
            related = field.related_model
            given[field.name] = related._default_manager.first() or create_row(related, {}, depth - 1)
    row = model(**given)
    row.save()
    return row


@operation("post_as")
def post_as(request):
    """POST to a path as a logged-in account, through all middleware, and return the statuses."""
    import django

    django.setup()
    from django.apps import apps
    from django.contrib.auth import get_user_model

    account = get_user_model()._default_manager.get(pk=request["pk"])
    if apps.is_installed("rest_framework"):
        from rest_framework.test import APIClient as Client
    else:
        from django.test import Client
    client = Client(raise_request_exception=False)
    client.force_login(account)
    if hasattr(client, "force_authenticate"):
        client.force_authenticate(account)
    statuses = []
    for _ in range(request["times"]):
        answer = client.post(
            request["path"], {}, secure=True, HTTP_HOST=request["host"], HTTP_X_REAL_IP=request["client"]
        )
        statuses.append(answer.status_code)
    return {"statuses": statuses}
