"""Pretended visitors and their requests, for questions to the project's code. None of them is in a database."""


def user_model():
    """The user model, or None without django.contrib.auth."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth import get_user_model

    try:
        return get_user_model()
    except Exception:
        return None


class Stranger:
    """The visitor of a site without django.contrib.auth."""

    pk = id = None
    username = ""
    is_authenticated = is_active = is_staff = is_superuser = False
    is_anonymous = True


def visitor(kind):
    """A user for questions about permissions that is in no database: `anonymous`, `user`, `staff` or `superuser`."""
    model = user_model()
    if model is None:
        return Stranger()
    if kind == "anonymous":
        from django.contrib.auth.models import AnonymousUser

        return AnonymousUser()
    user = model()
    try:
        user.pk = model._meta.pk.to_python(1)
    except Exception:
        user.pk = model._meta.pk.get_default()
    for name, value in (
        ("is_active", True),
        ("is_staff", kind in {"staff", "superuser"}),
        ("is_superuser", kind == "superuser"),
    ):
        try:
            setattr(user, name, value)
        except AttributeError:
            continue  # a property without a setter
    # With these, the questions of Django's backends ask no database.
    user._perm_cache = user._user_perm_cache = user._group_perm_cache = set()
    return user


def request_of(user, method="get", path="/"):
    from django.test import RequestFactory

    request = getattr(RequestFactory(), method)(path)
    request.user = user
    request.session = {}
    return request
