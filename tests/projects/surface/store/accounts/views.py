from django.contrib import messages, auth
from django.contrib.auth import login as auth_login, get_user_model
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.shortcuts import render, redirect
from .forms import GuardedForm, ProfileForm, RegistrationForm

User = get_user_model()


def register_view(request):
    if request.user.is_authenticated:
        return redirect("home")
    form = RegistrationForm()
    if request.method == "POST":
        form = RegistrationForm(data=request.POST)
        if form.is_valid():
            user = form.save(commit=False)
            user.set_password(form.cleaned_data["password"])
            user.save()
            auth_login(request, user)
            return redirect("home")
    context = {"form": form}
    return render(request, "accounts/register.html", context)


def login_view(request):
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            auth_login(request, form.get_user())
            return redirect(request.GET.get("next", "/"))
        messages.error(request, "bad")
    return render(request, "accounts/login.html", {"form": form})


def logout_view(request):
    if request.method == "POST":
        auth.logout(request)
        return redirect("home")
    return render(request, "accounts/logout.html")


def profile(request):
    if not request.user.is_authenticated:
        return redirect("login")
    if request.method == "POST":
        form = ProfileForm(request.POST, request.FILES, instance=request.user)
        if form.is_valid():
            form.save()
    else:
        form = ProfileForm(instance=request.user)
    return render(request, "accounts/profile.html", {"form": form})


def guarded(request):
    if request.user.is_authenticated:
        if request.method == "POST":
            GuardedForm(request.POST).is_valid()
        return render(request, "accounts/guarded.html")
    else:
        return redirect("login")


@login_required
def close_account(request):
    request.user.delete()
    auth.logout(request)
    return redirect("/")
