"""Gives the site of the sites framework the public name, which mails use in their links.

A new database has example.com there. `migrate` replaces it. A name that somebody has entered stays.
"""

import os

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

USUAL = ("", "example.com", "localhost", "127.0.0.1:8000", "localhost:8000")


def set_name(sender, using, **options):
    from django.contrib.sites.models import Site

    public = os.getenv("SITE_DOMAIN") or os.getenv("PLATFORM_DOMAIN")
    if not public:
        return
    site = Site.objects.using(using).filter(pk=getattr(settings, "SITE_ID", None) or 1).first()
    if site is not None and site.domain in USUAL:
        site.domain = site.name = public
        site.save(using=using)


class SiteName(AppConfig):
    name = __name__
    label = "golive_site_name"
    path = os.path.dirname(os.path.abspath(__file__))

    def ready(self):
        from django.apps import apps

        # After the sites framework, which creates the row by the same signal.
        post_migrate.connect(set_name, sender=apps.get_app_config("sites"))
