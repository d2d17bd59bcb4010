"""Faults of the agency's site: pages in two languages, a contact form, a newsletter and applications, without accounts."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

CONTACT, PAGES = "contact/views.py", "pages/views.py"
SAVED = "        message = form.save()\n"
LATEST = "    def get_queryset(self):\n        return News.objects.filter(published__lte=timezone.now())\n\n\nclass NewsDetail"

FAULTS = [
    Planted("a message is not saved", replace(CONTACT, SAVED, "        message = form.save(commit=False)\n"), {"create"}, ["message", "contact"]),
    Planted("a message is saved twice", replace(CONTACT, SAVED, "        ContactForm(request.POST).save()\n" + SAVED), {"create"}, ["message", "contact"]),
    Planted(
        "an error while saving a message is swallowed",
        replace(CONTACT, SAVED, "        message = form.instance\n        try:\n            message.save(commit=True)\n"
                "        except Exception:\n            pass\n"),
        {"create"}, ["message", "contact"],
    ),
    Planted("a message is cut off", replace(CONTACT, SAVED, "        form.instance.text = form.instance.text[:12]\n" + SAVED),
            {"create"}, ["text"]),
    Planted("the sender of a message is dropped", replace(CONTACT, SAVED, '        form.instance.email = ""\n' + SAVED),
            {"create"}, ["email"]),
    Planted("a name outside ASCII raises an error", replace(CONTACT, SAVED, '        form.instance.name.encode("ascii")\n' + SAVED),
            {"create"}, ["message", "contact"]),
    Planted("the inbox is open to visitors", replace(CONTACT, "@staff_member_required\ndef inbox", "def inbox"), {"hole"}, ["inbox"]),
    Planted("the CVs are open to visitors", replace(CONTACT, "@staff_member_required\ndef cv", "def cv"), {"hole"}, ["cv", "application"]),
    Planted(
        "the CV is cut off",
        every(
            replace(CONTACT, "        form.save()\n",
                    '        start = form.cleaned_data["cv"].read(100)\n'
                    '        form.instance.cv.save("cv.pdf", ContentFile(start), save=False)\n        form.save()\n'),
            replace(CONTACT, "from django.core.mail", "from django.core.files.base import ContentFile\nfrom django.core.mail"),
        ),
        {"upload", "create"}, ["cv", "application"],
    ),
    Planted("an application is not saved", replace(CONTACT, "        form.save()\n", "        form.save(commit=False)\n"),
            {"create", "upload"}, ["application", "apply"]),
    Planted(
        "a subscriber is not saved",
        replace(CONTACT, 'Subscriber.objects.get_or_create(email=form.cleaned_data["email"].lower())',
                'Subscriber(email=form.cleaned_data["email"].lower()), True'),
        {"create", "confirm", "signup"}, ["subscriber", "newsletter"],
    ),
    Planted(
        "the second subscriber raises an error",
        replace(CONTACT, 'get_or_create(email=form.cleaned_data["email"].lower())',
                'get_or_create(email=form.cleaned_data["email"].lower(), defaults={"key": "newsletter"})'),
        {"create", "confirm", "signup"}, ["subscriber", "newsletter"],
    ),
    Planted(
        "the link of the confirmation leads nowhere",
        replace(CONTACT, "reverse(\"confirm\", args=[subscriber.key])", 'f"/newsletter/confirmation/{subscriber.key}"'),
        {"confirm", "create", "signup"}, ["confirm", "link", "newsletter"],
    ),
    Planted(
        "the link confirms another subscriber",
        replace(CONTACT, "    subscriber = get_object_or_404(Subscriber, key=key)\n    subscriber.confirmed",
                "    get_object_or_404(Subscriber, key=key)\n    subscriber = Subscriber.objects.earliest(\"pk\")\n    subscriber.confirmed"),
        {"confirm", "create", "signup", "update"}, ["confirm", "link", "newsletter"],
    ),
    Planted("unsubscribing changes nothing", replace(CONTACT, "        subscriber.delete()\n", ""), {"delete", "other"},
            ["subscriber", "unsubscribe", "newsletter"]),
    Planted("the newest news is on no page", replace(PAGES, LATEST, LATEST.replace("timezone.now())\n", "timezone.now())[1:]\n")),
            {"list", "create", "admin-change"}, ["news"]),
    Planted("the empty home page raises an error", replace(PAGES, '    return render(request, "pages/home.html"',
                                                           "    request.newest = news[0]\n    return render(request, \"pages/home.html\""),
            {"list", "other"}),
    Planted("the search finds nothing", replace(PAGES, "match = Q(title__icontains=words) | Q(body__icontains=words)",
                                                "match = Q(title__icontains=words, body__iexact=words)"), {"search"}),
    Planted(
        "the home page redirects to itself",
        replace(PAGES, "def home(request):\n", "def home(request):\n    if not request.COOKIES.get(\"django_language\"):\n"
                "        from django.shortcuts import redirect\n\n        return redirect(\"home\")\n"),
        {"list", "other"}, ["redirect", "circle", "loop"],
    ),
    Planted(
        "the contact form raises an error on PostgreSQL",
        replace(CONTACT, SAVED, SAVED + "        Message.objects.extra(where=['subject <> \"\"']).first()\n"),
        {"create"}, ["message", "contact"], postgres=True,
    ),
    Planted("the German home page raises an error",
            replace(PAGES, "def home(request):\n", "def home(request):\n    if request.LANGUAGE_CODE == \"de\":\n"
                    "        request.words = \"%d\" % request.LANGUAGE_CODE\n"),
            {"other", "list"}, ["/de/"]),
]  # fmt: skip
