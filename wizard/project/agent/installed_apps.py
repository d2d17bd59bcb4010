"""Tell installed apps that are pages of the site, such as a shop or a forum, from those that only support it."""

import os
import sys

INFRASTRUCTURE = {
    "the framework, or a layer below the site's pages": (
        "django rest_framework ninja graphene_django strawberry strawberry_django ariadne channels corsheaders "
        "polymorphic mptt treebeard taggit guardian rules storages sorl easy_thumbnails imagekit compressor pipeline "
        "sass_processor webpack_loader django_vite django_htmx haystack modeltranslation parler rest_framework_nested"
    ),
    "accounts, which have journeys of their own": (
        "allauth dj_rest_auth rest_auth djoser knox rest_framework_simplejwt rest_framework_jwt oauth2_provider "
        "oidc_provider mozilla_django_oidc social_django social_core social djangosaml2 django_saml2_auth two_factor "
        "django_otp mfa trench drfpasswordless registration django_registration user_sessions session_security sesame "
        "password_policies django_cas_ng"
    ),
    "an interface for staff, which is as well tested as Django's admin": (
        "wagtail grappelli jet jazzmin unfold baton suit admin_tools admin_honeypot admin_reorder nested_admin "
        "adminsortable adminsortable2 import_export rosetta filebrowser filer constance waffle flags explorer hijack "
        "impersonate loginas reversion simple_history django_celery_beat django_celery_results django_q django_rq "
        "schedule dbbackup maintenance_mode"
    ),
    "a tool for developers or for monitoring": (
        "debug_toolbar silk django_extensions django_browser_reload livereload health_check watchman django_prometheus "
        "drf_spectacular drf_spectacular_sidecar drf_yasg rest_framework_swagger schema_graph "
        "schema_viewer pattern_library"
    ),
    "a limit or a check of requests": "ratelimit django_ratelimit axes defender captcha django_recaptcha turnstile "
    "honeypot csp",
    "a part of forms or pages that scripts ask for": (
        "dal dal_select2 dal_queryset_sequence dal_select2_queryset_sequence autocomplete_light django_select2 "
        "smart_selects ajax_select ckeditor ckeditor_uploader django_ckeditor_5 tinymce django_summernote martor "
        "mdeditor markdownx froala_editor cookie_consent robots pwa el_pagination jsi18n location_field"
    ),
    "the messages of another service": "anymail djstripe paypal payments webpush push_notifications fcm_django",
}  # fmt: skip
"""Why the views of an installed app are no pages of the site -> its packages or modules."""
PREFIXES = {name: reason for reason, names in INFRASTRUCTURE.items() for name in names.split()}
STAFF_WORDS = ("dashboard", "admin", "staff", "manage", "orga", "moderat", "backoffice", "control", "cms")
"""Beginnings of the words of addresses whose views are described last."""
_FOLDERS = []
_PACKAGES = set()


def enable(rows):
    """Count the code of the installed apps in *rows*, those of the URL configuration, as the site's own from now on."""
    from django.apps import apps

    installed = {top_of(config.name) for config in apps.get_app_configs()}
    for row in rows:
        if row["file"] is None and top_of(row["view"]) in installed and not is_infrastructure(row["view"]):
            _PACKAGES.add(top_of(row["view"]))
    _FOLDERS[:] = [folder for folder in map(folder_of, sorted(_PACKAGES)) if folder]


def top_of(name):
    return name.partition(".")[0]


def is_infrastructure(name):
    """Whether the dotted *name* is one of PREFIXES, or below one."""
    parts = name.split(".")
    return any(".".join(parts[: count + 1]) in PREFIXES for count in range(len(parts)))


def folder_of(package):
    """The folder of an installed package, with a separator behind it. Empty if it is not in site-packages."""
    module = sys.modules.get(package)
    folders = list(getattr(module, "__path__", ()))
    real = os.path.realpath(folders[0]) if folders else ""
    return real + os.sep if "site-packages" in real or "dist-packages" in real else ""


def package_of(row):
    """The installed package that the view of a URL comes from, if the view is a page of the site. Else empty."""
    if row["file"] is not None:
        return ""
    top = top_of(row["view"])
    return top if top in _PACKAGES and not is_infrastructure(row["view"]) else ""


def is_site_code(path):
    """Whether the file at *path* is in an installed app whose pages are part of the site."""
    return any(path.startswith(folder) or os.path.realpath(path).startswith(folder) for folder in _FOLDERS)


def is_site_app(config):
    """Whether the models of an installed app are part of the site: the URL configuration has views of its package."""
    return top_of(config.name) in _PACKAGES and not is_infrastructure(config.name)


def order_of(row):
    """Where the view of a URL comes: the project's own first, then those of its visitors by depth, then staff pages."""
    if not package_of(row):
        return (0, False, 0)
    words = row["route"].lower().replace("^", "").split("/") + row["view"].lower().split(".")
    staff = any(word.startswith(STAFF_WORDS) for word in words)
    return (1, staff, row["route"].strip("/").count("/") + 2 * row["route"].count("<"))
