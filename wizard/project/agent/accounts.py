"""Accounts in the scratch database, and requests made as them."""

from .protocol import operation
from .row_values import save
from .visits import status_of


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
    save(account)
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
        sender = {"HTTP_HOST": request["host"], "HTTP_X_REAL_IP": request["client"]}
        statuses.append(status_of(client.post, request["path"], {}, **sender))
    return {"statuses": statuses}
