from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from sales.models import Deal

from .forms import CompanyForm, ContactFormSet, NoteForm
from .models import Company, Note


def dashboard(request):
    deals = Deal.objects.filter(company__owner=request.user)
    won = deals.filter(stage=Deal.WON).count()
    share = round(100 * won / len(deals)) if deals else 0
    return render(request, "clients/dashboard.html", {"deals": deals[:5], "share": share})


def company_list(request):
    companies = Company.objects.filter(owner=request.user)
    if words := request.GET.get("q", "").strip():
        companies = companies.filter(name__icontains=words)
    page = Paginator(companies, 10).get_page(request.GET.get("page"))
    template = "clients/_rows.html" if request.htmx else "clients/list.html"
    return render(request, template, {"page": page, "words": words})


def company_detail(request, pk):
    company = get_object_or_404(Company, pk=pk, owner=request.user)
    return render(request, "clients/detail.html", {"company": company, "form": NoteForm()})


def company_create(request):
    form = CompanyForm(request.POST or None)
    contacts = ContactFormSet(request.POST or None)
    if request.method == "POST" and form.is_valid() and contacts.is_valid():
        form.instance.owner = request.user
        contacts.instance = form.save()
        contacts.save()
        messages.success(request, "The company has been saved.")
        return redirect(contacts.instance)
    return render(request, "clients/form.html", {"form": form, "contacts": contacts})


def company_update(request, pk):
    company = get_object_or_404(Company, pk=pk, owner=request.user)
    form = CompanyForm(request.POST or None, instance=company)
    contacts = ContactFormSet(request.POST or None, instance=company)
    if request.method == "POST" and form.is_valid() and contacts.is_valid():
        form.save()
        contacts.save()
        messages.success(request, "Your changes have been saved.")
        return redirect(company)
    return render(request, "clients/form.html", {"form": form, "contacts": contacts})


def company_delete(request, pk):
    company = get_object_or_404(Company, pk=pk, owner=request.user)
    if request.method == "POST":
        company.delete()
        messages.success(request, "The company has been deleted.")
        return redirect("companies")
    return render(request, "clients/delete.html", {"company": company})


@require_POST
def note_create(request, pk):
    company = get_object_or_404(Company, pk=pk, owner=request.user)
    form = NoteForm(request.POST)
    if form.is_valid():
        Note.objects.create(company=company, author=request.user, **form.cleaned_data)
        form = NoteForm()
    return render(request, "clients/_notes.html", {"company": company, "form": form})


@require_POST
def note_delete(request, pk):
    note = get_object_or_404(Note, pk=pk, author=request.user)
    note.delete()
    return render(request, "clients/_notes.html", {"company": note.company, "form": NoteForm()})
