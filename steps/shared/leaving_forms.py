"""Forms that end at another site: the view redirects to a payment or to a login there.

Chrome applies `form-action` of the Content-Security-Policy to the redirect after a form, too. Source: MDN, form-action.
"""

from __future__ import annotations

import re

from wizard.project.own_modules import apps_of_packages, modules
from wizard.project.project import Project

APPS = {
    "allauth.socialaccount", "django_cas_ng", "djangosaml2", "mozilla_django_oidc", "oauth2_provider", "social_django",
}  # fmt: skip
PACKAGES = {
    "authlib", "dj-stripe", "django-oscar", "django-payments", "django-paypal", "iyzipay", "mercadopago",
    "mollie-api-python", "paypal-checkout-serversdk", "paypalrestsdk", "python3-saml", "sslcommerz-lib", "stripe",
}  # fmt: skip
CODE = re.compile(rb"checkout\.Session\.create|(?:approval|authori[sz]ation|authorize|checkout|payment)_url\b")
"""What code that sends visitors to another site to pay or to log in calls, or names the address."""


def leaves_the_site(project: Project) -> bool:
    """Whether a form of the project may end at another site."""
    if not APPS.isdisjoint(apps_of_packages(project)) or not PACKAGES.isdisjoint(project.dependencies.requirements()):
        return True
    return next(modules(project, CODE), None) is not None
