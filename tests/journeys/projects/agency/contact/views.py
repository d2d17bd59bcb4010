from django.conf import settings
from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.mail import EmailMessage, send_mail
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from .forms import ApplicationForm, ContactForm, NewsletterForm
from .models import Application, Message, Subscriber


def contact(request):
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        message = form.save()
        mail = EmailMessage(message.subject, message.text, to=[settings.CONTACT_EMAIL], reply_to=[message.email])
        mail.send()
        messages.success(request, _("Thank you, we will write to you soon."))
        return redirect("contact")
    return render(request, "contact/contact.html", {"form": form})


def subscribe(request):
    form = NewsletterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        subscriber, _created = Subscriber.objects.get_or_create(email=form.cleaned_data["email"].lower())
        link = request.build_absolute_uri(reverse("confirm", args=[subscriber.key]))
        send_mail("Newsletter", f"Please confirm your address:\n\n{link}\n", None, [subscriber.email])
        messages.success(request, _("We have sent you a mail."))
        return redirect("subscribe")
    return render(request, "contact/subscribe.html", {"form": form})


def confirm(request, key):
    subscriber = get_object_or_404(Subscriber, key=key)
    subscriber.confirmed = True
    subscriber.save()
    return render(request, "contact/confirmed.html", {"subscriber": subscriber})


def unsubscribe(request, key):
    subscriber = get_object_or_404(Subscriber, key=key)
    if request.method == "POST":
        subscriber.delete()
        messages.info(request, _("You will get no more mails."))
        return redirect("home")
    return render(request, "contact/unsubscribe.html", {"subscriber": subscriber})


def apply(request):
    form = ApplicationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Thank you for your application."))
        return redirect("apply")
    return render(request, "contact/apply.html", {"form": form})


@staff_member_required
def inbox(request):
    context = {"mails": Message.objects.all(), "applications": Application.objects.all()}
    return render(request, "contact/inbox.html", context)


@staff_member_required
def cv(request, pk):
    application = get_object_or_404(Application, pk=pk)
    return FileResponse(application.cv.open("rb"), as_attachment=True)
