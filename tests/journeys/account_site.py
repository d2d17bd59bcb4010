"""A Django site with accounts, run as a program. The name of the host chooses the fault that it has.

Usage: account_site.py FOLDER. It prints the port when it is ready.
"""

import json
import random
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from urllib.parse import quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from account_limits import limit
from django.conf import settings

FOLDER = Path(sys.argv[1])
TEMPLATES = {
    "page.html": """<title>{{ title }}</title><nav><a href="/">Home</a>
{% if user.is_authenticated %}<form method="post" action="/accounts/logout/">{% csrf_token %}<button>Log out</button>
</form>
{% else %}{% if request.get_host != "staff-only.example" %}<a href="/accounts/login/">Log in</a>{% endif %}
{% if request.get_host != "closed.example" %}<a href="/accounts/signup/">Sign up</a>{% endif %}
<a href="/accounts/reset/">Forgot your password?</a>{% endif %}</nav>
<form action="/search/"><input name="q" type="search"></form>
{% for message in messages %}<p class="alert alert-{{ message.tags }}">{{ message }}</p>{% endfor %}
<h1>{{ title }}</h1>{{ text }}
{% if form %}<form method="post">{% if not tokenless %}{% csrf_token %}{% endif %}{{ form.as_p }}
<button>Send</button></form>{% endif %}""",
    "subject.txt": "Your password",
    "mail.txt": """{% autoescape off %}Reset it: {{ protocol }}://{{ domain }}/accounts/reset/{{ uid }}/{{ token }}/
{% endautoescape %}""",
}

settings.configure(
    DEBUG=False,
    SECRET_KEY="a-key-of-a-site-for-tests-" * 2,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "rest_framework", "rest_framework.authtoken",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3", "OPTIONS": {"timeout": 20}}
    },
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)],
        },
    }],
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    AUTH_PASSWORD_VALIDATORS=[
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "NumericPasswordValidator")
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/accounts/login/",
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    SESSION_COOKIE_SECURE=True,
    CSRF_COOKIE_SECURE=True,
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]},
)  # fmt: skip
django.setup()

from account_own import own_patterns  # noqa: E402
from account_staff import staff_patterns  # noqa: E402
from django import forms  # noqa: E402
from django.contrib import messages  # noqa: E402
from django.contrib.auth import authenticate, login, logout, views  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm, UserCreationForm  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core import mail  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.signing import dumps, loads  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.shortcuts import redirect, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

FAILED = {}
"""How many log-ins of each name failed."""
SIGNED_UP = {}
"""How many visitors signed up at each host."""


def fault(request):
    return request.get_host().split(".")[0]


class SignUpForm(UserCreationForm):
    email = forms.EmailField()
    first_name = forms.CharField(max_length=20)
    terms = forms.BooleanField()
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"style": "display:none"}))

    class Meta:
        model = User
        fields = "username", "email", "first_name"

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError("You are a robot")


class AddressForm(forms.ModelForm):
    """The form of a site that makes accounts without a password, such as one where an administrator lets people in."""

    class Meta:
        model = User
        fields = "username", "email"


class CaptchaForm(SignUpForm):
    captcha = forms.CharField()


class FussyForm(SignUpForm):
    """A form whose rules only its messages tell."""

    country_code = forms.CharField()

    def clean_country_code(self):
        if self.cleaned_data["country_code"] not in ("NL", "BE"):
            raise forms.ValidationError("Country code must be one of: NL, BE")
        return self.cleaned_data["country_code"]

    def clean_password1(self):
        if "#" not in self.cleaned_data["password1"]:
            raise forms.ValidationError("The password needs a special character such as #")
        return self.cleaned_data["password1"]


def page(request, title, text="", form=None, **more):
    return render(request, "page.html", {"title": title, "text": text, "form": form, **more})


def home(request):
    if fault(request) in ("otp", "any-code", "others-code", "no-code", "code-fails", "known-only"):
        return HttpResponse("A shop without pages for accounts")
    return page(request, "A shop", f"Hello {request.user.username}")


def sign_up(request):
    wrong = fault(request)
    kind = {"captcha": CaptchaForm, "fussy": FussyForm, "no-password": AddressForm}.get(wrong, SignUpForm)
    form = kind(request.POST or None)
    if request.method == "POST" and form.is_valid():
        SIGNED_UP[wrong] = SIGNED_UP.get(wrong, 0) + 1
        if wrong == "signup-fails" or (wrong == "second-fails" and SIGNED_UP[wrong] > 1):
            raise RuntimeError("no table")
        if wrong == "ascii-only":
            form.cleaned_data["first_name"].encode("ascii")
        if wrong == "refuses-all":
            messages.error(request, "Sign-up is closed today")
            return page(request, "Sign up", form=form)
        if wrong != "creates-nothing":
            user = form.save(commit=False)
            if wrong == "plain-password":
                user.password = form.cleaned_data["password1"]
            user.is_active = wrong not in ("confirms", "confirms-by-key", "approves", "no-password")
            user.save()
        if wrong == "approves":
            return page(request, "Thank you", "An administrator will approve your account.")
        if wrong.startswith("confirms"):
            key = dumps(user.pk)
            place = f"activate/?activation_key={quote(key)}" if wrong == "confirms-by-key" else f"confirm/{key}/"
            link = f"https://{request.get_host()}/accounts/{place}"
            mail.send_mail("Welcome", f"Please confirm: {link}\n", None, [user.email])
            return page(request, "Thank you", "We sent you an e-mail. Confirm your address.")
        messages.success(request, "Welcome! You can log in now")
        return redirect("/accounts/login/")
    return page(request, "Sign up", form=form)


def confirm(request, key):
    if request.method == "POST":
        User.objects.filter(pk=loads(key)).update(is_active=True)
        return redirect("/accounts/login/")
    return page(request, "Confirm", form=forms.Form())


class ActivationForm(forms.Form):
    activation_key = forms.CharField()


def activate(request):
    """The page of django-registration, whose form has the key of the link in a field."""
    form = ActivationForm(request.POST or None, initial={"activation_key": request.GET.get("activation_key")})
    if request.method == "POST" and form.is_valid():
        User.objects.filter(pk=loads(form.cleaned_data["activation_key"])).update(is_active=True)
        return redirect("/accounts/login/")
    return page(request, "Activate", form=form)


def log_in(request):
    wrong = fault(request)
    name = request.POST.get("username")
    if wrong == "locks" and FAILED.get(name, 0) > 0:
        return HttpResponse("Account locked: too many login attempts.", status=403)
    if limit(request, wrong):
        messages.error(request, "Too many submissions, wait 5m.")
        return page(request, "Log in", form=AuthenticationForm())
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "POST" and not form.is_valid():
        FAILED[name] = FAILED.get(name, 0) + 1
    if wrong == "any-password" and request.method == "POST":
        login(request, User.objects.get(username=request.POST["username"]))
        return redirect("/accounts/profile/")
    if request.method == "POST" and form.is_valid():
        if wrong != "no-session":
            login(request, form.get_user())
        return redirect("/accounts/profile/")
    return page(request, "Log in", form=form, tokenless=wrong == "tokenless")


def log_out(request):
    if request.method == "POST" and fault(request) != "keeps-session":
        logout(request)
    return redirect("/")


@login_required
def profile(request):
    return page(request, "Profile", f"{request.user.username} {request.user.email}")


class KeepingForm(SetPasswordForm):
    def save(self, commit=True):
        return self.user


class Confirm(views.PasswordResetConfirmView):
    template_name, success_url = "page.html", "/accounts/login/"

    def get_form_class(self):
        return KeepingForm if fault(self.request) == "keeps-password" else SetPasswordForm


class Reset(views.PasswordResetView):
    template_name, success_url, email_template_name = "page.html", "/", "mail.txt"
    subject_template_name = "subject.txt"

    def form_valid(self, form):
        return redirect("/") if fault(self.request) == "sends-nothing" else super().form_valid(form)


def outbox(request):
    return JsonResponse([each.message().as_string() for each in getattr(mail, "outbox", [])], safe=False)


class Registration(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = "username", "email", "password"

    def create(self, values):
        return User.objects.create_user(**values)


class Register(APIView):
    def post(self, request):
        found = Registration(data=request.data)
        found.is_valid(raise_exception=True)
        if fault(request) != "api-creates-nothing":
            found.save()
        return Response({"ok": True}, 201)


class Obtain(APIView):
    def post(self, request):
        user = authenticate(username=request.data.get("username"), password=request.data.get("password"))
        if user is None:
            return Response({"success": False, "message": "Wrong name or password"}, 400)
        if fault(request) == "one-session":
            Token.objects.exclude(user=user).delete()
        return Response({"data": {"user": user.pk, "auth_token": Token.objects.get_or_create(user=user)[0].key}})


class Destroy(APIView):
    permission_classes = (IsAuthenticated,)

    def delete(self, request):
        if fault(request) != "api-keeps-token":
            request.auth.delete()
        return Response(status=204)


class Me(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"name": request.user.username})


CODES = {}


@csrf_exempt
def send_otp(request):
    address = json.loads(request.body)["email"]
    CODES[address] = f"{random.randrange(10**6):06d}"
    if fault(request) == "no-code":
        return JsonResponse({"message": "Code sent"})
    if fault(request) == "known-only":
        return JsonResponse({"error": "DoesNotExist"}, status=500)
    mail.send_mail("Your code", f"Your login code is {CODES[address]}.\nIt is valid for 10 minutes.", None, [address])
    return JsonResponse({"message": "Code sent"})


@csrf_exempt
def verify_otp(request):
    found = json.loads(request.body)
    codes = CODES.values() if fault(request) == "others-code" else [CODES.get(found["email"])]
    if (found.get("code") not in codes and fault(request) != "any-code") or fault(request) == "code-fails":
        return JsonResponse({"error": "Wrong code"}, status=500 if fault(request) == "code-fails" else 400)
    user, _ = User.objects.get_or_create(username=found["email"], email=found["email"])
    return JsonResponse({"key": Token.objects.get_or_create(user=user)[0].key})


urlpatterns = [
    path("", home), path("outbox/", outbox),
    path("accounts/signup/", sign_up), path("accounts/confirm/<str:key>/", confirm),
    path("accounts/activate/", activate), path("accounts/login/", log_in),
    path("accounts/logout/", log_out), path("accounts/profile/", profile), path("accounts/reset/", Reset.as_view()),
    path("accounts/reset/<uidb64>/<token>/", Confirm.as_view(), name="password_reset_confirm"),
    path("api/register/", Register.as_view()), path("api/token/", Obtain.as_view()),
    path("api/logout/", Destroy.as_view()),
    path("api/me/", Me.as_view()), path("otp/send/", send_otp), path("otp/verify/", verify_otp),
    *staff_patterns,
    *own_patterns,
]  # fmt: skip


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 50


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Handler)
    print(server.server_port, flush=True)  # noqa: T201 - the test reads it
    server.serve_forever()
