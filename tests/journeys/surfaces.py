"""Surfaces of sites and results of journeys, written by hand."""

from __future__ import annotations

from wizard.journeys.items import Journeys
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.project.inputs import Form, Input, Model, Surface, View
from wizard.project.urls import Url


def view(route, role="", *, name=None, function="page", model="", fields=(), method="post", templates=(), **given):
    """A view at *route*; with *fields*, it has a form with them."""
    methods, does = given.pop("methods", None), given.pop("does", ())
    row = Url(
        route, name, f"shop.views.{function}", "shop/views.py", 7, "function", methods, None, False, False, does=does
    )
    forms = (Form(method, "form", inputs(fields), "form", model),) if fields else ()
    return View(row, forms, model, role, templates=tuple(templates), **given)


def inputs(fields):
    """Inputs from names: `file:poster` has the kind file, `shop.Book:book` refers to a model."""
    found = []
    for each in fields:
        kind, _, name = each.rpartition(":")
        reference = "." in kind
        found.append(Input(name, "reference" if reference else kind or "text", model=kind if reference else ""))
    return tuple(found)


def model(label, *fields, in_admin=False, title="", owner=""):
    return Model(label, title or label.rpartition(".")[2].lower(), inputs(fields), owner=owner, in_admin=in_admin)


def surface(*views, models=(), admin="", problems=()):
    return Surface(tuple(views), tuple(models), tuple(problems), "auth.User", admin=admin)


def result(kind, subject="", verdict=Verdict.WORKS, why="the effect was seen", visitor="first", **given):
    request = given.pop("request", "POST /page/")
    status = given.pop("status", 302)
    name = given.pop("name", f"{subject.rpartition('.')[2].lower() or 'site'}-{kind}")
    title = given.pop("title", f"A visitor does {kind}")
    requests = (SentRequest(request, status=status),) if request else ()
    return JourneyResult(name, title, kind, subject, verdict, why, visitor, requests, **given)


def journeys(site, *results, **given):
    return Journeys(site, tuple(results), **given)


ACCOUNTS = (
    view("accounts/login/", "login"),
    view("accounts/logout/", "logout"),
    view("accounts/signup/", "signup"),
    view("accounts/password/reset/", "reset"),
)
BLOG = surface(
    view("", "list", model="blog.Post", templates=["blog/post_list.html"]),
    view("posts/<slug:slug>/", "detail", model="blog.Post", templates=["blog/post_detail.html"]),
    view("posts/<slug:slug>/comment/", "create", model="blog.Comment", fields=["body"]),
    *ACCOUNTS,
    models=[model("blog.Post", "title", "body", in_admin=True), model("blog.Comment", "body", "blog.Post:post")],
    admin="/admin/",
)
SHOP = surface(
    view("products/", "list", model="shop.Product"),
    view("products/<slug:slug>/", "detail", model="shop.Product"),
    view("categories/<slug:slug>/", "detail", model="shop.Category"),
    view("cart/", name="cart:show", function="cart_detail", templates=["cart/detail.html"]),
    view("cart/add/<int:pk>/", name="cart:add", function="cart_add", fields=["integer:quantity"]),
    view("cart/remove/<int:pk>/", name="cart:remove", function="cart_remove"),
    view("checkout/", function="checkout", fields=["address"], does=("order",)),
    view("orders/", "list", model="orders.Order"),
    view("orders/<int:pk>/pay/", function="pay"),
    *ACCOUNTS,
    models=[
        model("shop.Product", "name", "decimal:price", "image:photo", in_admin=True),
        model("shop.Category", "name"),
        model("orders.Order", "auth.User:user", "razorpay_order_id", in_admin=True, owner="user"),
        model("orders.OrderItem", "orders.Order:order", "shop.Product:product", "integer:quantity"),
    ],
    admin="/admin/",
)
API = surface(
    view("api/v1/books/", "list", model="library.Book"),
    view("api/v1/books/<int:pk>/", "detail", model="library.Book"),
    view("api/v1/basket/items/", "create", model="library.BasketLine", fields=["library.Book:book", "integer:count"]),
    view("api/v1/basket/items/<int:pk>/", "update", model="library.BasketLine", fields=["integer:count"]),
    view("api/v1/purchases/", "create", model="library.Purchase", fields=["address"]),
    view("api/token/", function="TokenObtainPairView", library="rest_framework_simplejwt"),
    models=[
        model("library.Book", "title"),
        model("library.BasketLine", "library.Book:book", "integer:count", "auth.User:user"),
        model("library.Purchase", "auth.User:buyer"),
    ],
)
POLLS = surface(
    view("polls/", "list", model="polls.Question"),
    view("polls/<int:pk>/", "detail", model="polls.Question"),
    view("polls/<int:pk>/vote/", function="vote", fields=["choice"]),
    models=[model("polls.Question", "text", "integer:order"), model("polls.Choice", "text", "polls.Question:question")],
)
CRM = surface(
    view("contacts/", "list", model="crm.Contact", requires="login"),
    view("contacts/new/", "create", model="crm.Contact", fields=["name"], requires="login"),
    view("orders/", "list", model="crm.Order", requires="staff"),
    view("orders/<int:pk>/assign/", "update", model="crm.Order", fields=["auth.User:assigned_to"], requires="staff"),
    view("attachments/upload/", "upload", model="crm.Attachment", fields=["file:content"], requires="login"),
    view("login/", "login"),
    models=[
        model("crm.Contact", "name"),
        model("crm.Order", "auth.User:assigned_to", in_admin=True),
        model("crm.Attachment", "file:content"),
    ],
    admin="/admin/",
)
COURSES = surface(
    view("courses/", "list", model="courses.Course"),
    view("course/<slug:slug>/", "detail", model="courses.Course"),
    view("module/order/", name="module_order", function="ModuleOrderView", model="courses.Module"),
    models=[model("courses.Course", "title"), model("courses.Module", "title", "integer:order")],
)
BOOKINGS = surface(
    view("zimmer/", "list", model="hotel.Zimmer"),
    view("buchungen/", "list", model="hotel.Buchung"),
    view("buchungen/neu/", "create", model="hotel.Buchung", fields=["hotel.Zimmer:zimmer", "date:von"]),
    models=[model("hotel.Zimmer", "name"), model("hotel.Buchung", "hotel.Zimmer:zimmer", "auth.User:gast")],
)
FORUM = surface(
    view("boards/", "list", model="boards.Board"),
    view("boards/<int:pk>/topics/new/", "create", model="boards.Topic", fields=["subject"]),
    *ACCOUNTS,
    models=[model("boards.Board", "name"), model("boards.Topic", "subject", "boards.Board:board")],
)
DEALS = surface(
    view("deals/", "list", model="deals.Deal"),
    view("plans/", "list", model="deals.Plan"),
    view("cart/", function="CartView", model="deals.CartItem"),
    models=[model("deals.Deal", "name"), model("deals.Plan", "name"),
            model("deals.CartItem", "deals.Plan:plan", "deals.Deal:deal", "integer:quantity")],
)  # fmt: skip
GALLERY = surface(
    view("photos/", "list", model="gallery.Photo"),
    view("photos/upload/", "upload", model="gallery.Photo", fields=["image:image"]),
    models=[model("gallery.Photo", "image:image")],
)
OPERATIONS = surface(
    view("jobs/", "list", model="ops.Job"),
    models=[model("ops.Job", "name", "json:checklist", in_admin=True)],
    admin="/manage/",
)
HEADLESS = surface(admin="/admin/", models=[model("core.Thing", "name", in_admin=True)])
