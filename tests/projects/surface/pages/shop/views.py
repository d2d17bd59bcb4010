import json
from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin, PermissionRequiredMixin
from django.contrib.auth.models import User
from django.http import JsonResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, UpdateView, DeleteView, ListView, FormView
from .forms import *
from .models import *
from . import services


def product_list(request):
    products = Product.objects.all()
    q = request.GET.get("q", "")
    if q:
        products = products.filter(name__icontains=q)
    return render(request, "shop/list.html", {"products": products})


def product_detail(request, slug):
    product = get_object_or_404(Product, slug=slug)
    return render(request, "shop/detail.html", {"product": product})


@login_required
def product_new(request):
    if request.method == "POST":
        form = ProductForm(request.POST, request.FILES)
        if form.is_valid():
            p = form.save(commit=False)
            p.seller = request.user
            p.save()
            return redirect("shop:list")
    else:
        form = ProductForm()
    return render(request, "shop/form.html", {"form": form})


@login_required
def product_edit(request, pk):
    product = get_object_or_404(Product, pk=pk, seller=request.user)
    form = ProductForm(request.POST or None, request.FILES or None, instance=product)
    if form.is_valid():
        form.save()
        return redirect("shop:list")
    return render(request, "shop/form.html", {"form": form})


@require_POST
@login_required
def product_remove(request, product_id):
    product = get_object_or_404(Product, id=product_id)
    product.delete()
    return redirect("shop:list")


def register(request):
    if request.method == "POST":
        username = request.POST["username"]
        email = request.POST["email"]
        pass1 = request.POST["pass1"]
        pass2 = request.POST["pass2"]
        if pass1 != pass2:
            messages.error(request, "no")
            return redirect("register")
        user = User.objects.create_user(username, email, pass1)
        user.first_name = request.POST["fname"]
        user.save()
        return redirect("signin")
    return render(request, "register.html")


def signin(request):
    if request.method == "POST":
        user = authenticate(username=request.POST.get("username"), password=request.POST.get("pass1"))
        if user:
            login(request, user)
            return redirect("/")
    return render(request, "signin.html")


def signout(request):
    logout(request)
    return redirect("/")


def contact(request):
    if request.method == "POST":
        name = request.POST.get("name")
        msg = Message(name=name, email=request.POST.get("email"), body=request.POST.get("message"))
        msg.save()
        return HttpResponse("thanks")
    return render(request, "contact.html")


@csrf_exempt
def api_add(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "login"}, status=401)
    data = json.loads(request.body)
    product = Product.objects.get(id=data["productId"])
    action = data["action"]
    if action == "add":
        pass
    elif action == "remove":
        pass
    for item in data["items"]:
        print(item["sku"], int(item["qty"]))
    return JsonResponse({"ok": True, "total": 3})


@staff_member_required
def upload(request):
    f = request.FILES["document"]
    return HttpResponse("ok")


def checkout(request):
    return services.place(request, "x")


class OrderCreate(LoginRequiredMixin, CreateView):
    model = Order
    form_class = OrderForm
    success_url = "/"

    def get_context_data(self, **kwargs):
        ctx = super().get_context_data(**kwargs)
        if self.request.POST:
            ctx["lines"] = LineFormSet(self.request.POST, prefix="lines")
        else:
            ctx["lines"] = LineFormSet(prefix="lines")
        return ctx


class OrderUpdate(UserPassesTestMixin, UpdateView):
    model = Order
    fields = ["address"]

    def test_func(self):
        return self.request.user.is_staff


class OrderDelete(PermissionRequiredMixin, DeleteView):
    model = Order
    permission_required = "shop.delete_order"


class InCategory(ListView):
    model = Product


class MyOrders(LoginRequiredMixin, ListView):
    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)


class Join(FormView):
    form_class = SignUp
    template_name = "join.html"
    success_url = "/"

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form):
        form.save()
        return super().form_valid(form)


@method_decorator(login_required, name="dispatch")
class Schedule(View):
    def get(self, request):
        return render(request, "w.html", {"form": When()})

    def post(self, request):
        form = When(request.POST)
        return HttpResponse("x")


class Broken(CreateView):
    model = Order
    fields = ["nothing"]


class Slow(FormView):
    def get_form_class(self):
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass


class Wide(FormView):
    form_class = type("WideForm", (forms.Form,), {"f%d" % n: forms.CharField() for n in range(400)})


class Asks(FormView):
    def get_form_class(self):
        from urllib.request import urlopen

        urlopen("http://127.0.0.1:9/")


class Counts(FormView):
    def get_form_class(self):
        return {0: OrderForm}[Product.objects.count()]
