"""Sample projects with limits that are incomplete or wrong, and one whose pages depend on the host name.

limited: the library's limiter below @api_view and on a class, django-axes that locks accounts, a limiter of the project
    that believes X-Forwarded-For, logins by code and by token without the word, password reset, a checkout by GET with
    the payment's return page.
tenants: a middleware that answers 404 for a host name without a tenant.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

SETTINGS = (
    'import os\nfrom pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parents[1]\n'
    'SECRET_KEY = "k8f2m1x9q7w3e5r6t4y8u1i2o3p4a5s6d7f8g9h0j1k2l3z4x5"\n'
    'DEBUG = True\nALLOWED_HOSTS = []\nROOT_URLCONF = "conf.urls"\nSTATIC_URL = "static/"\n'
    'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\nEMAIL_HOST = "mail.example.com"\n'
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n'
)
LIMITED = Generated(
    {
        "server/manage.py": manage("conf.base"),
        "server/conf/__init__.py": "",
        "server/conf/wsgi.py": wsgi("conf.base"),
        "server/conf/base.py": SETTINGS
        + textwrap.dedent(APPS)
        + '    "rest_framework",\n    "axes",\n    "members",\n    "sales",\n]\n'
        + textwrap.dedent(CHAIN).rstrip().removesuffix("]")
        + '    "axes.middleware.AxesMiddleware",\n]\n'
        + textwrap.dedent(TEMPLATES)
        + textwrap.dedent("""
            AUTHENTICATION_BACKENDS = [
                "axes.backends.AxesStandaloneBackend",
                "django.contrib.auth.backends.ModelBackend",
            ]
            AXES_FAILURE_LIMIT = 8
            AXES_LOCKOUT_PARAMETERS = ["username"]  # guesses of one account
            """),
        "server/conf/urls.py": """
            from django.contrib import admin
            from django.contrib.auth.views import PasswordResetView
            from django.urls import include, path

            urlpatterns = [
                path("office/", admin.site.urls),
                path("api/", include("members.urls")),
                path("", include("sales.urls")),
                path("forgotten/", PasswordResetView.as_view(success_url="/"), name="password_reset"),
            ]
            """,
        "server/members/__init__.py": "",
        "server/members/models.py": """
            from django.conf import settings
            from django.db import models


            class Challenge(models.Model):
                user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
                digits = models.CharField(max_length=6)
            """,
        "server/members/migrations/__init__.py": "",
        "server/members/migrations/0001_initial.py": """
            from django.conf import settings
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
                operations = [
                    migrations.CreateModel(
                        "Challenge",
                        [
                            ("id", models.BigAutoField(primary_key=True)),
                            ("digits", models.CharField(max_length=6)),
                            ("user", models.ForeignKey(on_delete=models.CASCADE, to=settings.AUTH_USER_MODEL)),
                        ],
                    )
                ]
            """,
        "server/members/urls.py": """
            from django.urls import path
            from members import views

            urlpatterns = [
                path("login/", views.enter, name="enter"),
                path("token/", views.Door.as_view(), name="door"),
                path("verify-code/", views.verify_code, name="verify-code"),
                path("otp/confirm/", views.Second.as_view(), name="second"),
                path("code/again/", views.again, name="again"),
                path("profile/", views.profile, name="profile"),
            ]
            """,
        "server/members/services.py": """
            import random

            from django.core.mail import send_mail
            from members.models import Challenge


            def invite(user):
                challenge = Challenge.objects.create(user=user, digits=str(random.randint(100000, 999999)))
                send_mail("Your code", challenge.digits, None, [user.email])
            """,
        "server/members/views.py": """
            from django.contrib.auth import authenticate, get_user_model, login
            from django.core.cache import cache
            from django.utils.decorators import method_decorator
            from django_ratelimit.decorators import ratelimit
            from members import services
            from members.models import Challenge
            from rest_framework.decorators import api_view, permission_classes
            from rest_framework.permissions import AllowAny, IsAuthenticated
            from rest_framework.response import Response
            from rest_framework.views import APIView


            def address(request):
                forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
                return forwarded.split(",")[0] if forwarded else request.META.get("REMOTE_ADDR")


            # The way in for the app.
            @api_view(["POST"])
            @permission_classes([AllowAny])
            # Guesses of passwords
            @ratelimit(key="ip", rate="4/m", method="POST", block=True)  # as agreed with support
            def enter(request):
                user = authenticate(request, username=request.data.get("username"), password=request.data.get("password"))
                if user is None:
                    return Response({"detail": "no"}, status=401)
                login(request._request, user)
                return Response({"detail": "yes"})


            @method_decorator(ratelimit(key="header:x-forwarded-for", rate="9/m", block=True), name="dispatch")
            class Door(APIView):
                permission_classes = [AllowAny]

                def post(self, request):
                    user = get_user_model().objects.filter(username=request.data.get("username")).first()
                    if user is None or not user.check_password(request.data.get("password")):
                        return Response({"detail": "no"}, status=401)
                    return Response({"token": "t"})


            @api_view(["POST"])
            @permission_classes([AllowAny])
            def verify_code(request):
                key = f"tries:{address(request)}"
                if cache.get(key, 0) >= 50:
                    return Response({"detail": "locked"}, status=403)
                cache.set(key, cache.get(key, 0) + 1, 60)
                code = request.data.get("code")
                found = Challenge.objects.filter(user__email=request.data.get("email")).first()
                if found is None or found.digits != code:
                    return Response({"detail": "no"}, status=400)
                login(request._request, found.user, backend="django.contrib.auth.backends.ModelBackend")
                return Response({"detail": "yes"})


            class Second(APIView):
                permission_classes = [AllowAny]

                def post(self, request):
                    if not Challenge.objects.filter(digits=request.data.get("otp")).exists():
                        return Response({"detail": "no"}, status=400)
                    return Response({"detail": "yes"})


            @api_view(["POST"])
            @permission_classes([AllowAny])
            def again(request):
                # Sends the code again, to the address in the request.
                user = get_user_model().objects.filter(email=request.data.get("email")).first()
                if user:
                    services.invite(user)
                return Response({"detail": "sent"})


            @api_view(["GET"])
            @permission_classes([IsAuthenticated])
            def profile(request):
                return Response({"name": request.user.get_username()})
            """,
        "server/sales/__init__.py": "",
        "server/sales/models.py": """
            from django.db import models


            class Order(models.Model):
                paid = models.BooleanField(default=False)
            """,
        "server/sales/migrations/__init__.py": "",
        "server/sales/migrations/0001_initial.py": """
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                operations = [
                    migrations.CreateModel(
                        "Order",
                        [
                            ("id", models.BigAutoField(primary_key=True)),
                            ("paid", models.BooleanField(default=False)),
                        ],
                    )
                ]
            """,
        "server/sales/templates/enter.html": "<!doctype html>\n<html><body>{{ form }}</body></html>\n",
        "server/sales/urls.py": """
            from django.urls import path
            from sales import views

            urlpatterns = [
                path("checkout/", views.checkout, name="checkout"),
                path("checkout/return/", views.paid, name="checkout_return"),
                path("login/", views.Enter.as_view(), name="login"),
            ]
            """,
        "server/sales/views.py": """
            from django.contrib.auth.decorators import login_required
            from django.contrib.auth.views import LoginView
            from django.http import HttpResponse
            from sales.models import Order


            class Enter(LoginView):
                template_name = "enter.html"


            @login_required
            def checkout(request):
                order = Order.objects.create()
                return HttpResponse(f"Order {order.pk}")


            def paid(request):
                order = Order.objects.filter(pk=request.GET.get("order")).first()
                if order:
                    order.paid = True
                    order.save()
                return HttpResponse("Thank you")
            """,
        "requirements.in": "django~=5.1.0\ndjangorestframework\ndjango-ratelimit\ndjango-axes\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
        "pyproject.toml": "[tool.ruff]\nline-length = 120\n",
    },
    ("django~=5.1.0", "djangorestframework", "django-ratelimit", "django-axes"),
)
TENANTS = Generated(
    {
        "manage.py": manage("conf.settings"),
        "conf/__init__.py": "",
        "conf/wsgi.py": wsgi("conf.settings"),
        "conf/settings.py": SETTINGS
        + textwrap.dedent(APPS)
        + '    "offices",\n]\n'
        + textwrap.dedent(CHAIN).replace("MIDDLEWARE = [\n", 'MIDDLEWARE = [\n    "offices.middleware.OfficeMiddleware",\n')
        + textwrap.dedent(TEMPLATES),
        "conf/urls.py": """
            from django.contrib import admin
            from django.urls import path

            urlpatterns = [path("admin/", admin.site.urls)]
            """,
        "offices/__init__.py": "",
        "offices/models.py": """
            from django.db import models


            class Office(models.Model):
                name = models.CharField(max_length=80)


            class Address(models.Model):
                domain = models.CharField(max_length=253, unique=True)
                office = models.ForeignKey(Office, on_delete=models.CASCADE)
            """,
        "offices/migrations/__init__.py": "",
        "offices/migrations/0001_initial.py": """
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                operations = [
                    migrations.CreateModel(
                        "Office",
                        [
                            ("id", models.BigAutoField(primary_key=True)),
                            ("name", models.CharField(max_length=80)),
                        ],
                    ),
                    migrations.CreateModel(
                        "Address",
                        [
                            ("id", models.BigAutoField(primary_key=True)),
                            ("domain", models.CharField(max_length=253, unique=True)),
                            ("office", models.ForeignKey(on_delete=models.CASCADE, to="offices.Office")),
                        ],
                    ),
                ]
            """,
        "offices/middleware.py": """
            from django.http import Http404
            from offices.models import Address


            class OfficeMiddleware:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    found = Address.objects.filter(domain=request.get_host().partition(":")[0]).first()
                    if found is None and not request.path.startswith("/health/"):
                        raise Http404("no office at this address")
                    request.office = found and found.office
                    return self.get_response(request)
            """,
        "requirements.txt": "django~=5.2.0\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=5.2.0",),
)
PROJECTS = {"limited": LIMITED, "tenants": TENANTS}
