from django import forms
from django.core.cache import cache
from django.shortcuts import redirect, render

from depot.models import Parcel
from depot.tasks import label


class ParcelForm(forms.ModelForm):
    class Meta:
        model = Parcel
        fields = ["recipient"]


def parcel_list(request):
    count = cache.get_or_set("parcels", Parcel.objects.count, 5)
    return render(request, "parcel_list.html", {"parcels": Parcel.objects.all(), "count": count})


def parcel_create(request):
    form = ParcelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        label.delay(form.save().pk)
        return redirect("parcel_list")
    return render(request, "parcel_form.html", {"form": form})
