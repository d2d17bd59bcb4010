"""Faults of the admin's second factor: a code that is not asked for, and one that does not let its owner in."""

from __future__ import annotations

from tests.faults.fault import Fault, append, replace, without_line

SETTINGS, URLS, FACTOR = "election_cart/settings.py", "election_cart/urls.py", "election_cart/second_factor.py"
MIDDLEWARE = """    MIDDLEWARE.insert(
        MIDDLEWARE.index('django.contrib.auth.middleware.AuthenticationMiddleware') + 1,
        'django_otp.middleware.OTPMiddleware',
    )
"""
PERMISSION = """        def has_permission(self, request):
            if not super().has_permission(request):
                return False
            return request.user.is_verified() or not user_has_device(request.user)
"""
OFFICE = """
office = admin.AdminSite(name='office')
office._registry = admin.site._registry
urlpatterns += [path('office/', office.urls)]
"""
DESK = """
from django.contrib.admin.views.decorators import staff_member_required

urlpatterns += [path('desk/', staff_member_required(admin.site.index))]
"""

FAULTS = [
    Fault("settings: without the middleware", replace(SETTINGS, MIDDLEWARE, ""), items={"18.5", "21.17", "30.4"},
          says=["MIDDLEWARE has no OTPMiddleware"], where="settings.py:"),
    Fault("settings: the middleware before the login",
          replace(SETTINGS, MIDDLEWARE, MIDDLEWARE.replace(" + 1", "")), items={"18.5", "21.17", "30.4"},
          says=["OTPMiddleware comes before AuthenticationMiddleware"], where="settings.py:"),
    Fault("settings: without the codes' app", without_line(SETTINGS, "'django_otp.plugins.otp_static',"),
          items={"30.4"}, says=["addstatictoken fails"], where="settings.py:"),
    Fault("module: the admin stays the plain one",
          replace(FACTOR, "admin.site.__class__ = asking_for_codes", "asking_for_codes"), items={"30.4"},
          says=["a password alone opens", "although the user has a device"], where="second_factor.py:"),
    Fault("module: only the login asks for a code", replace(FACTOR, PERMISSION, ""), items={"30.4"},
          says=["who has logged in elsewhere, without a code"], where="second_factor.py:"),
    Fault("module: the login has no field for the code", replace(FACTOR, "        login_form = LoginForm\n", ""),
          items={"30.4"}, says=["asks for no code", "opens to nobody who has a device"], where="second_factor.py:"),
    Fault("urls.py: another admin asks for no code", append(URLS, OFFICE), items={"30.4"},
          says=["a password alone opens /office/"], where="urls.py:"),
    Fault("urls.py: a way past the admin's login", append(URLS, DESK), items={"30.4"},
          says=["/desk/ opens to a user with a device"], where="urls.py:"),
]  # fmt: skip
