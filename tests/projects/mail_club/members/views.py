from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render


def home(request):
    if request.user.is_authenticated:
        return HttpResponse(f"<h1>The club</h1><p>Hello {request.user.get_username()}</p>")
    return HttpResponse('<h1>The club</h1><a href="/login/">Log in</a> <a href="/contact/">Contact</a>')


def contact(request):
    if request.method == "POST":
        send_mail("A question", request.POST.get("question", ""), None, ["board@mail-club.net"])
        return redirect("home")
    return render(request, "contact.html")
