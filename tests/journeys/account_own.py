"""Further views of the site with accounts: who the visitor is, another password, circles and large answers."""

from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path


class PasswordChange(views.PasswordChangeView):
    template_name, success_url = "page.html", "/accounts/profile/"

    def form_valid(self, form):
        keeps = self.request.get_host() == "keeps-old.example"
        return redirect(self.success_url) if keeps else super().form_valid(form)


@login_required
def me(request):
    user = User.objects.earliest("pk") if request.get_host() == "first-account.example" else request.user
    return JsonResponse({"username": user.username, "email": user.email})


def loop(request):
    return redirect("/loop/b/" if request.path == "/loop/a/" else "/loop/a/")


def bytes_of(request, count):
    return HttpResponse(b"x" * count, content_type="text/plain")


own_patterns = [
    path("accounts/password/change/", PasswordChange.as_view()), path("accounts/me/", me),
    path("loop/a/", loop), path("loop/b/", loop), path("bytes/<int:count>/", bytes_of),
]  # fmt: skip
