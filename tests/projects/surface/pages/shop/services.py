from .models import Order, Profile
from django.http import HttpResponse


def place(request, other):
    order = Order.objects.create(
        customer=Profile.objects.first(), address=request.POST["address"], postcode=request.POST.get("zip")
    )
    return HttpResponse(str(order.pk))
