from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from .forms import CodeForm, EmailForm, ProfileForm
from .models import LoginCode, Member


def log_in(request):
    """Ask for the address and send a code."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session["email"] = form.cleaned_data["email"]
        LoginCode.send(form.cleaned_data["email"])
        return redirect("code")
    return render(request, "members/login.html", {"form": form})


def enter_code(request):
    """Log in with the code. Whoever comes for the first time gets an account."""
    email = request.session.get("email")
    if not email:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if LoginCode.use(email, form.cleaned_data["code"]):
            member = Member.objects.filter(email__iexact=email).first() or Member.objects.create_user(email)
            login(request, member)
            return redirect("bookings" if member.name else "profile")
        form.add_error("code", "This code is wrong or too old.")
    return render(request, "members/code.html", {"form": form, "email": email})


@require_POST
def log_out(request):
    logout(request)
    return redirect("rooms")


@login_required
def profile(request):
    form = ProfileForm(request.POST or None, request.FILES or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile has been saved.")
        return redirect("profile")
    return render(request, "members/profile.html", {"form": form})
