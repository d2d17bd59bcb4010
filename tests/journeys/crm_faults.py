"""Faults of the CRM: function views with htmx and formsets, LoginRequiredMiddleware, staff reports, no sign-up."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

CLIENTS, SALES, SETTINGS = "src/clients/views.py", "src/sales/views.py", "src/crm/settings.py"
SAVED = """        contacts.instance = form.save()
        contacts.save()
"""
CHANGED = """        form.save()
        contacts.save()
"""

FAULTS = [
    Planted(
        "a company is not saved",
        replace(CLIENTS, SAVED + '        messages.success(request, "The company has been saved.")\n'
                "        return redirect(contacts.instance)\n",
                '        messages.success(request, "The company has been saved.")\n        return redirect("companies")\n'),
        {"create"}, ["compan"],
    ),
    Planted(
        "a company is saved twice",
        replace(CLIENTS, SAVED, SAVED + "        Company.objects.create(owner=request.user, **form.cleaned_data)\n"),
        {"create"}, ["compan"],
    ),
    Planted(
        "new contacts are lost",
        replace(CLIENTS, SAVED, SAVED.replace("        contacts.save()\n", "")),
        {"create"}, ["contact"],
    ),
    Planted(
        "changed contacts are lost",
        replace(CLIENTS, CHANGED, "        form.save()\n"),
        {"update", "create"}, ["contact"],
    ),
    Planted(
        "companies of others are shown",
        replace(CLIENTS, 'company = get_object_or_404(Company, pk=pk, owner=request.user)\n'
                '    return render(request, "clients/detail.html"',
                'company = get_object_or_404(Company, pk=pk)\n    return render(request, "clients/detail.html"'),
        {"hole"}, ["compan"],
    ),
    Planted(
        "companies of others can be edited",
        replace(CLIENTS, "company = get_object_or_404(Company, pk=pk, owner=request.user)\n    form = CompanyForm",
                "company = get_object_or_404(Company, pk=pk)\n    form = CompanyForm"),
        {"hole"}, ["compan"],
    ),
    Planted(
        "others write notes",
        replace(CLIENTS, "company = get_object_or_404(Company, pk=pk, owner=request.user)\n    form = NoteForm",
                "company = get_object_or_404(Company, pk=pk)\n    form = NoteForm"),
        {"hole"}, ["note"],
    ),
    Planted("deleting a company deletes nothing", replace(CLIENTS, "        company.delete()\n", ""), {"delete"}, ["compan"]),
    Planted(
        "the list shows the companies of others",
        replace(CLIENTS, "    companies = Company.objects.filter(owner=request.user)\n",
                "    companies = Company.objects.all()\n"),
        {"hole", "list"}, ["compan"],
    ),
    Planted(
        "the second user cannot add a company",
        replace(CLIENTS, "        form.instance.owner = request.user\n", "        form.instance.owner = request.user\n"
                '        form.instance.reference = f"C-{request.user.companies.count() + 1}"\n'),
        {"create", "hole", "list"}, ["compan"],
    ),
    Planted(
        "a name outside ASCII raises an error",
        replace(CLIENTS, "        form.instance.owner = request.user\n", "        form.instance.owner = request.user\n"
                '        form.instance.name.encode("ascii")\n'),
        {"create"}, ["compan"],
    ),
    Planted(
        "a note is saved without a CSRF token",
        every(
            replace(CLIENTS, "@require_POST\ndef note_create", "@csrf_exempt\n@require_POST\ndef note_create"),
            replace(CLIENTS, "from django.views.decorators.http",
                    "from django.views.decorators.csrf import csrf_exempt\nfrom django.views.decorators.http"),
        ),
        {"hole"}, ["csrf", "token"],
    ),
    Planted(
        "a note's error is swallowed",
        replace(CLIENTS, "        Note.objects.create(company=company, author=request.user, **form.cleaned_data)\n",
                "        try:\n"
                "            Note.objects.create(company=company, user=request.user, **form.cleaned_data)\n"
                "        except TypeError:\n            pass\n"),
        {"create", "other"}, ["note"],
    ),
    Planted(
        "the empty dashboard raises an error",
        replace(CLIENTS, "round(100 * won / len(deals)) if deals else 0", "round(100 * won / len(deals))"),
        {"list", "login", "other"},
    ),
    Planted("the search finds nothing", replace(CLIENTS, "name__icontains=words", "name=words.lower()"), {"search", "list"}),
    Planted(
        "any password is accepted",
        replace("src/clients/backends.py", "user and user.check_password(password) and", "user and"),
        {"login", "hole"}, ["password"],
    ),
    Planted(
        "the login page redirects to itself",
        replace(SETTINGS, 'LOGIN_URL = "login"', 'LOGIN_URL = "dashboard"'),
        {"login", "list", "other"}, ["redirect", "circle", "loop"],
    ),
    Planted(
        "the session survives the log-out",
        every(
            replace("src/crm/urls.py", '    path("accounts/", include(',
                    '    path("accounts/logout/", lambda request: redirect("login")),\n    path("accounts/", include('),
            replace("src/crm/urls.py", "from django.urls", "from django.shortcuts import redirect\nfrom django.urls"),
        ),
        {"logout"},
    ),
    Planted(
        "the report is open to all users",
        replace(SALES, '@staff_member_required(login_url="login")\ndef report', "def report"),
        {"hole"}, ["report"],
    ),
    Planted(
        "the export is open to everybody",
        every(
            replace(SALES, '@staff_member_required(login_url="login")\ndef export', "@login_not_required\ndef export"),
            replace(SALES, "from django.contrib import messages\n", "from django.contrib import messages\n"
                    "from django.contrib.auth.decorators import login_not_required\n"),
        ),
        {"hole"}, ["export"],
    ),
    Planted(
        "a deal's amount is rounded down to zero",
        replace("src/sales/forms.py", "        return amount\n", "        return amount // 100000\n"),
        {"create"}, ["amount"],
    ),
    Planted(
        "an edit changes all deals of the company",
        replace(SALES, "        form.save()\n        messages", "        Deal.objects.filter(company=form.instance.company)"
                ".update(**form.cleaned_data)\n        messages"),
        {"update"}, ["deal"],
    ),
    Planted(
        "deals cannot be opened on PostgreSQL",
        replace(SALES, 'deal = get_object_or_404(Deal, pk=pk, company__owner=request.user)\n    return render(request, "sales/detail',
                "deal = get_object_or_404(Deal.objects.select_for_update(), pk=pk, company__owner=request.user)\n"
                '    return render(request, "sales/detail'),
        {"detail", "create"}, ["deal"], postgres=True,
    ),
    Planted("deleting a company deletes all companies of the user",
            replace(CLIENTS, "        company.delete()\n", "        request.user.companies.all().delete()\n"),
            {"delete"}, ["compan"]),
    Planted("a deal is saved for a company of others",
            replace("src/sales/forms.py", "Company.objects.filter(owner=user)", "Company.objects.all()"),
            {"hole"}, ["deal", "compan"]),
]  # fmt: skip
