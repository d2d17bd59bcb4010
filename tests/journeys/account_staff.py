"""Views of the site with accounts that are for its staff: a log-in that leads others to a page they may not see."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path


def log_in(request):
    if request.user.is_authenticated:
        return redirect("/accounts/profile/")
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect("/dashboard/")
    return render(request, "page.html", {"title": "Dashboard", "form": form})


def log_in_staff(request):
    form = AdminAuthenticationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect("/dashboard/")
    return render(request, "page.html", {"title": "Staff", "form": form})


def dashboard(request):
    raise PermissionDenied


def make_account(request):
    return JsonResponse({"detail": "Authentication credentials were not provided."}, status=403)


def members(request):
    return redirect("/accounts/login/?next=/members/")


staff_patterns = [
    path("dashboard/login/", log_in), path("dashboard/", dashboard), path("api/users/", make_account),
    path("members/", members), path("staff/login/", log_in_staff),
]  # fmt: skip
