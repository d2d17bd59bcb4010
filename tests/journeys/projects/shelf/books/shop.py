from decimal import Decimal

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from .faults import fault
from .models import Order, OrderLine, Product


class ProductList(ListView):
    queryset = Product.objects.filter(available=True)
    template_name = "products.html"


class ProductDetail(DetailView):
    model = Product
    template_name = "product.html"


def lines_of(request):
    quantities = request.session.get("cart", {})
    return [(product, quantities[str(product.pk)]) for product in Product.objects.filter(pk__in=quantities)]


def cart(request):
    lines = lines_of(request)
    return render(request, "cart.html", {"lines": lines, "total": sum(each.price * count for each, count in lines)})


@require_POST
def add(request, product_id):
    get_object_or_404(Product, pk=product_id)
    quantities = request.session.setdefault("cart", {})
    if not fault(request, "cart-loses"):
        quantities[str(product_id)] = quantities.get(str(product_id), 0) + int(request.POST.get("quantity", 1))
    request.session.modified = True
    return redirect("cart")


@require_POST
def change(request, product_id):
    if not fault(request, "cart-keeps-quantity"):
        request.session.setdefault("cart", {})[str(product_id)] = int(request.POST["quantity"])
    request.session.modified = True
    return redirect("cart")


@require_POST
def remove(request, product_id):
    if not fault(request, "cart-keeps-line"):
        request.session.get("cart", {}).pop(str(product_id), None)
    request.session.modified = True
    return redirect("cart")


class CheckoutForm(forms.Form):
    address = forms.CharField(max_length=200)


class Checkout(LoginRequiredMixin, FormView):
    form_class = CheckoutForm
    template_name = "form.html"

    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs) if lines_of(request) else redirect("cart")

    def form_valid(self, form):
        lines = lines_of(self.request)
        if fault(self.request, "order-lost"):
            return HttpResponseRedirect("/orders/")
        if fault(self.request, "second-user"):
            return HttpResponseServerError("the number is taken")
        order = Order.objects.create(customer=self.request.user, address=form.cleaned_data["address"],
                                     total=sum((each.price * count for each, count in lines), Decimal()))
        for each, count in lines:
            OrderLine.objects.create(order=order, product=each, quantity=count)
        self.request.session["cart"] = {}
        return HttpResponseRedirect(f"/orders/{order.pk}/")


class OrderList(LoginRequiredMixin, ListView):
    template_name = "orders.html"

    def get_queryset(self):
        found = Order.objects.order_by("-pk")
        return found if fault(self.request, "orders-of-all") else found.filter(customer=self.request.user)


class OrderDetail(LoginRequiredMixin, DetailView):
    template_name = "order.html"

    def get_queryset(self):
        found = Order.objects.all()
        return found if fault(self.request, "order-of-others") else found.filter(customer=self.request.user)
