import csv

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from .forms import DealForm
from .models import Deal


def deal_list(request):
    return render(request, "sales/list.html", {"deals": Deal.objects.filter(company__owner=request.user)})


def deal_detail(request, pk):
    deal = get_object_or_404(Deal, pk=pk, company__owner=request.user)
    return render(request, "sales/detail.html", {"deal": deal})


def deal_create(request):
    form = DealForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        deal = form.save()
        messages.success(request, "The deal has been saved.")
        return redirect(deal)
    return render(request, "sales/form.html", {"form": form})


def deal_update(request, pk):
    deal = get_object_or_404(Deal, pk=pk, company__owner=request.user)
    form = DealForm(request.POST or None, instance=deal, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your changes have been saved.")
        return redirect(deal)
    return render(request, "sales/form.html", {"form": form})


def deal_delete(request, pk):
    deal = get_object_or_404(Deal, pk=pk, company__owner=request.user)
    if request.method == "POST":
        deal.delete()
        return redirect("deals")
    return render(request, "sales/delete.html", {"deal": deal})


@staff_member_required(login_url="login")
def report(request):
    stages = Deal.objects.order_by("stage").values("stage").annotate(deals=Count("pk"), amount=Sum("amount"))
    return render(request, "sales/report.html", {"stages": stages})


@staff_member_required(login_url="login")
def export(request):
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deals.csv"'
    writer = csv.writer(response)
    writer.writerow(["company", "title", "amount", "stage"])
    for deal in Deal.objects.select_related("company"):
        writer.writerow([deal.company.name, deal.title, deal.amount, deal.stage])
    return response
