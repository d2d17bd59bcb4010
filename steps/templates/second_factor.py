"""Asks for a code at the admin's login, from each user who has a device for it.

A user without a device logs in with the password, and adds one in the admin, at TOTP devices. So nobody is locked out.
Who lost the device gets a code for one login from `python manage.py addstatictoken USER`.
"""

import os

from django.apps import AppConfig


def asking_for_codes(site):
    """A subclass of *site*, the class of the admin's site, that asks for codes."""
    from django_otp import user_has_device
    from django_otp.admin import OTPAdminAuthenticationForm, OTPAdminSite

    class LoginForm(OTPAdminAuthenticationForm):
        def clean_otp(self, user):
            if user is not None and user_has_device(user):
                super().clean_otp(user)

    class SecondFactorSite(site):
        login_form = LoginForm
        login_template = OTPAdminSite.login_template

        def has_permission(self, request):
            if not super().has_permission(request):
                return False
            return request.user.is_verified() or not user_has_device(request.user)

    return SecondFactorSite


class SecondFactor(AppConfig):
    name = __name__
    label = "golive_second_factor"
    path = os.path.dirname(os.path.abspath(__file__))

    def ready(self):
        from django.contrib import admin

        admin.site.__class__ = asking_for_codes(admin.site.__class__)
