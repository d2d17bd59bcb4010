"""What the code of a view does, as the agent sees it in the project's interpreter."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment

SETTINGS = """
SECRET_KEY = "for this test alone, and of fifty letters at the least"
ALLOWED_HOSTS = []
MIDDLEWARE = ["gate.Gate"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "urls"
"""
GATE = """
from django.http import Http404
from shop.models import Domain

class Gate:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not Domain.objects.filter(domain=request.get_host()).exists():
            raise Http404
        return self.get_response(request)
"""
MODELS = """
from django.contrib.auth.models import User
from django.db import models

class Code(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    digits = models.CharField(max_length=6)

class Order(models.Model):
    paid = models.BooleanField(default=False)

class Coupon(models.Model):
    code = models.CharField(max_length=9)

class Address(models.Model):
    pin_code = models.CharField(max_length=9)

class Office(models.Model):
    name = models.CharField(max_length=9)

class Domain(models.Model):
    domain = models.CharField(max_length=99)
    office = models.ForeignKey(Office, models.CASCADE)
"""
SERVICES = """
from django.core.mail import send_mail
from shop.models import Code, Order

def matches(user, otp):
    return Code.objects.filter(user=user).first().digits == otp

def tell(address):
    send_mail("Your link", "…", None, [address])

def buy():
    return Order.objects.create()
"""
VIEWS = {
    "authenticates": ("login", "authenticate(request, username=request.POST['u'], password=request.POST['p'])"),
    "checks_a_password": ("login", "User.objects.get(email=request.POST['e']).check_password(request.POST['p'])"),
    "issues_a_token": ("login", "RefreshToken.for_user(User.objects.get(pk=request.POST['pk']))"),
    "logs_in": ("login", "login(request, User.objects.get(pk=request.POST['pk']))"),
    "compares_a_code": ("code", "if request.POST['otp'] != request.user.otp: return 400"),
    "looks_a_code_up": ("code", "Code.objects.filter(digits=request.POST['otp']).exists()"),
    "compares_elsewhere": ("code", "services.matches(request.user, request.POST['n'])"),
    "code_with_an_effect": ("code", "if stored.code == request.POST['code']: login(request, stored.user)"),
    "compares_in_constant_time": ("code", "compare_digest(request.POST['x'], request.user.passcode)"),
    "named_check": ("code", "request.user.verify_otp(request.POST['n'])"),
    "creates_a_user": ("signup", "User.objects.create_user(request.POST['u'])"),
    "sends_a_mail": ("mail", "services.tell(request.POST['email'])"),
    "sends_itself": ("mail", "send_mail('x', 'y', None, [request.POST['email']])"),
    "orders": ("order", "Order.objects.create(paid=bool(request.POST))"),
    "orders_elsewhere": ("order", "services.buy()"),
    "orders_by_form": ("order", "OrderForm(request.POST).save()"),
    "makes_an_order": ("order", "order = Order(paid=False); order.save()"),
    # What looks like these and is not.
    "pin_code": ("", "Address.objects.filter(pin_code=request.POST['pin_code']).exists()"),
    "promotion": ("", "services.check_promo_code(request.POST['c'])"),
    "edits_an_order": ("", "OrderForm(request.POST, instance=Order.objects.first()).save()"),
    "coupon": ("", "Coupon.objects.filter(code=request.POST['code']).first()"),
    "language": ("", "request.session['code'] = request.POST['code']"),
    "empty_code": ("", "if request.POST['otp'] == '': return 400"),
    "other_service": ("", "login(request, verify_oauth2_token(request.POST['token']))"),
    "payment_returns": ("", "order = Order.objects.get(pk=request.GET['pk']); order.paid = True; order.save()"),
    "notifies_the_owner": ("", "send_mail('x', request.POST['text'], None, ['owner@example.com'])"),
    "page": ("", "render(request, 'page.html')"),
}
HEAD = """
import json
from hmac import compare_digest
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required, user_passes_test
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.forms import ModelForm
from django.shortcuts import render
from django.views.generic import CreateView, DeleteView, View
from django.contrib.auth import logout as quit_session
from django.views.decorators.http import require_POST
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.views import APIView
from shop import services
from shop.models import Address, Code, Coupon, Order

class OrderForm(ModelForm):
    class Meta:
        model = Order
        fields = ["paid"]

class RefreshToken: pass
def verify_oauth2_token(token): pass
"""
MORE = """
@login_required
def staff_only(request): pass

@user_passes_test(lambda user: not user.is_authenticated, login_url="/")
def strangers_only(request): pass

class Members(LoginRequiredMixin, View): pass

class Strangers(UserPassesTestMixin, View):
    def test_func(self):
        return self.request.user.is_anonymous

class Tested(UserPassesTestMixin, View):
    def test_func(self):
        return self.request.user.is_staff

class IsAnonymous(BasePermission): pass

class Api(APIView):
    permission_classes = [IsAuthenticated]

class StrangersApi(APIView):
    permission_classes = [IsAnonymous]

@require_POST
def only_post(request):
    services.buy()

def by_get(request):
    Order.objects.create()

def looks_at_the_method(request):
    if request.method == "POST":
        Order.objects.create()

def reads_the_body(request):
    Order.objects.create(paid=json.loads(request.body)["paid"])

class New(CreateView):
    model = Order
    fields = ["paid"]

class Remove(DeleteView):
    model = Order

class Buy(View):
    def get(self, request):
        Order.objects.create()

def leaves(request):
    quit_session(request)

def closes(request):
    request.user.delete()

def wipes(request):
    Order.objects.all().delete()

def writes(request):
    services.tell("all@shop.example")

def ends(request):
    os._exit(1)

def removes(request):
    if request.method == "POST":
        request.user.delete()

class Leave(View):
    def get(self, request):
        quit_session(request)

    def post(self, request):
        Order.objects.create()
"""


EFFECTS = {
    "leaves": ("logout",), "closes": ("account",), "wipes": ("delete",), "writes": ("mail",), "ends": ("exit",),
    "removes": (), "Leave": ("logout",), "Remove": (), "page": (),
}  # fmt: skip
"""What a GET request does to the views below, beside showing a page."""
PROTECTED = {
    "staff_only": True, "strangers_only": False, "Members": True, "Strangers": False, "Tested": True, "Api": True,
    "StrangersApi": False, "page": False,
}  # fmt: skip
"""Whether visitors need an account for the views below."""
FUNCTIONS = (
    "staff_only", "strangers_only", "only_post", "by_get", "looks_at_the_method", "reads_the_body", *list(EFFECTS)[:6],
)  # fmt: skip
CLASSES = ("New", "Remove", "Buy", "Leave", "Members", "Strangers", "Tested", "Api", "StrangersApi")


@pytest.fixture(scope="module")
def agent(tmp_path_factory, python):
    project = tmp_path_factory.mktemp("purposes")
    views = "".join(f"\ndef {name}(request):\n    {code}\n" for name, (_, code) in VIEWS.items())
    routes = [f"path('{name}/', views.{name})" for name in [*VIEWS, *FUNCTIONS]]
    routes += [f"path('{name}/', views.{name}.as_view())" for name in CLASSES]
    files = {
        "settings": SETTINGS, "gate": GATE, "shop/__init__": "", "shop/models": MODELS, "shop/services": SERVICES,
        "shop/views": HEAD + views + MORE,
        "urls": f"from django.urls import path\nfrom shop import views\nurlpatterns = [{', '.join(routes)}]\n",
    }  # fmt: skip
    for name, text in files.items():
        path = project / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    started = Interpreter(PythonEnvironment(Path(python), ""), project, project / "agent.log")
    request = {"settings": "settings", "cwd": str(project), "paths": [str(project)]}
    yield lambda operation, **more: started.ask(operation, env=dict(os.environ), **request, **more)
    started.close()


@pytest.fixture(scope="module")
def rows(agent):
    answer = agent("inspect")
    assert answer.get("error") is None, answer
    return {row["route"].rstrip("/"): row for row in answer["urls"]}


@pytest.mark.parametrize(("name", "purpose"), [(name, purpose) for name, (purpose, _) in VIEWS.items()])
def test_the_code_of_a_view_shows_what_it_does(rows, name, purpose):
    assert rows[name]["does"] == ([purpose] if purpose else [])


@pytest.mark.parametrize(
    ("name", "by_get", "methods"),
    [
        ("only_post", False, ["post"]),
        ("by_get", True, None),
        ("looks_at_the_method", False, None),
        ("reads_the_body", False, None),
        ("Buy", True, ["get"]),
        ("page", False, None),
    ],
)
def test_a_view_that_acts_on_get_is_seen(rows, name, by_get, methods):
    assert (rows[name]["by_get"], rows[name]["methods"]) == (by_get, methods)


@pytest.mark.parametrize(("name", "does"), [("New", ["order"]), ("Remove", []), ("Buy", ["order"])])
def test_classes_that_create_an_order_are_seen(rows, name, does):
    assert rows[name]["does"] == does


def test_a_host_name_is_added_only_where_the_site_has_no_page_without_it(agent):
    """All tables are in one process, so each answer begins with an empty database."""
    assert agent("migrate", host="shop.example.com")["hosts"] == ["shop.Domain"]
    assert agent("migrate", host="shop.example.com", overrides="")["note"] is None


@pytest.mark.parametrize(("name", "effects"), EFFECTS.items())
def test_what_opening_a_page_does_is_seen(rows, name, effects):
    assert rows[name]["effects"] == list(effects)


@pytest.mark.parametrize(("name", "protected"), PROTECTED.items())
def test_a_test_that_lets_strangers_in_is_no_protection(rows, name, protected):
    assert rows[name]["protected"] is protected
