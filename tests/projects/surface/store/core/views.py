import json
from functools import wraps
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required, user_passes_test
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms import modelformset_factory, inlineformset_factory
from django.http import HttpResponse, HttpResponseForbidden, HttpResponseRedirect, JsonResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.generic import DetailView, ListView, View, TemplateView
from django.views.generic.edit import FormMixin, CreateView
from .models import *


class CheckoutForm(forms.Form):
    street = forms.CharField()
    zip = forms.CharField(required=False)
    payment_option = forms.ChoiceField(widget=forms.RadioSelect, choices=(("S", "Stripe"), ("P", "PayPal")))


def seller_required(fn):
    @wraps(fn)
    def inner(request, *a, **kw):
        if not request.user.is_authenticated or not request.user.is_seller:
            return redirect("/login")
        return fn(request, *a, **kw)

    return inner


class HomeView(ListView):
    model = Item
    paginate_by = 10
    template_name = "home.html"


class ItemDetailView(FormMixin, DetailView):
    model = Item
    template_name = "product.html"
    form_class = forms.modelform_factory(Review, fields=["text", "rating"])

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        form = self.get_form()
        if form.is_valid():
            form.instance.item = self.object
            form.instance.author = request.user
            form.save()
            return HttpResponseRedirect(".")
        return self.form_invalid(form)


class OrderSummaryView(LoginRequiredMixin, View):
    def get(self, *args, **kwargs):
        try:
            order = Order.objects.get(user=self.request.user, ordered=False)
            return render(self.request, "order_summary.html", {"object": order})
        except ObjectDoesNotExist:
            return redirect("/")


class CheckoutView(View):
    def get(self, *args, **kwargs):
        form = CheckoutForm()
        return render(self.request, "checkout.html", {"form": form})

    def post(self, *args, **kwargs):
        form = CheckoutForm(self.request.POST or None)
        order = Order.objects.get(user=self.request.user, ordered=False)
        if form.is_valid():
            a = Address(user=self.request.user, street=form.cleaned_data.get("street"), zip=form.cleaned_data["zip"])
            a.save()
            order.ordered = True
            order.save()
        return redirect("/")


@login_required
def add_to_cart(request, slug):
    item = get_object_or_404(Item, slug=slug)
    order_item, created = OrderItem.objects.get_or_create(item=item, user=request.user, ordered=False)
    order_qs = Order.objects.filter(user=request.user, ordered=False)
    if order_qs.exists():
        order = order_qs[0]
        order.items.add(order_item)
    else:
        order = Order.objects.create(user=request.user, ordered_date=timezone.now())
        order.items.add(order_item)
    return redirect("core:order-summary")


@login_required
def remove_from_cart(request, slug):
    item = get_object_or_404(Item, slug=slug)
    order_item = OrderItem.objects.filter(item=item, user=request.user, ordered=False)[0]
    order_item.delete()
    return redirect("core:product", slug=slug)


@seller_required
def my_items(request):
    p = Paginator(Item.objects.filter(title__icontains=request.GET.get("q", "")), 5)
    return render(request, "items.html", {"page": p.get_page(request.GET.get("page"))})


@login_required(login_url="/login")
def todo(request):
    tasks = Task.objects.filter(owner=request.user)
    if request.method == "POST":
        title = request.POST.get("title")
        due = request.POST.get("due") or None
        if len(title) < 3:
            messages.error(request, "short")
            return redirect("todo")
        new = Task(owner=request.user, title=title, due=due)
        new.save()
    return render(request, "todo.html", {"tasks": tasks})


@login_required
def todo_delete(request, name):
    t = Task.objects.get(owner=request.user, title=name)
    t.delete()
    return redirect("todo")


@login_required
@require_http_methods(["POST", "DELETE"])
def todo_toggle(request, pk):
    t = get_object_or_404(Task, pk=pk, owner=request.user)
    t.done = not t.done
    t.save()
    return render(request, "row.html", {"t": t})


@user_passes_test(lambda u: u.is_superuser)
def reports(request):
    return render(request, "r.html", {"orders": Order.objects.all()})


def contact_edit(request, contact_id=None):
    contact = get_object_or_404(Contact, pk=contact_id) if contact_id else Contact()
    PhoneSet = inlineformset_factory(Contact, Phone, fields=("number",), extra=1, can_delete=True)
    ContactForm = forms.modelform_factory(Contact, fields="__all__")
    if request.method == "POST":
        form = ContactForm(request.POST, instance=contact)
        formset = PhoneSet(request.POST, instance=contact)
        if form.is_valid() and formset.is_valid():
            form.save()
            formset.save()
            return redirect("/")
    else:
        form, formset = ContactForm(instance=contact), PhoneSet(instance=contact)
    return render(request, "c.html", {"form": form, "formset": formset})


def search(request):
    q = request.GET["q"]
    r = Item.objects.filter(Q(title__icontains=q))
    return JsonResponse({"results": [i.title for i in r]})


class AddReview(CreateView):
    model = Review
    fields = ["text", "rating"]

    def dispatch(self, request, *a, **kw):
        if not request.user.is_authenticated:
            return redirect("/login")
        self.item = get_object_or_404(Item, pk=kw["item_pk"])
        return super().dispatch(request, *a, **kw)

    def form_valid(self, form):
        form.instance.item = self.item
        return super().form_valid(form)


def contact_api(request, pk):
    contact = get_object_or_404(Contact, pk=pk)
    if request.method == "DELETE":
        contact.delete()
        return HttpResponse(status=204)
    if request.method in ("PUT", "PATCH"):
        data = json.loads(request.body)
        contact.name = data["name"]
        contact.save()
    return JsonResponse({"id": contact.pk, "name": contact.name})


async def ping(request):
    data = json.loads(request.body.decode("utf-8"))
    email, name = data.get("email"), data["name"]
    await Contact.objects.acreate(name=name, organization=data.get("org", "none"))
    return JsonResponse({"ok": True})


def review_new(request, item_id):
    review = Review(item_id=item_id, author=request.user)
    form = forms.modelform_factory(Review, fields=["text"])(request.POST or None, instance=review)
    return render(request, "review.html", {"form": form, "saved": form.is_valid() and form.save()})


def enter_code(request):
    form = CodeForm(request.POST or None)
    if form.is_valid() and request.session["code"] == form.cleaned_data["code"]:
        user = get_user_model().objects.create_user(request.session["email"])
        login(request, user)
        return redirect("/")
    return render(request, "code.html", {"form": form})


class CodeForm(forms.Form):
    code = forms.CharField(min_length=6)
