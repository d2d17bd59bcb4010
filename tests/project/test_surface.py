"""What the agent finds out about the views and models of real projects with Django's and REST framework's views."""

from __future__ import annotations

import shutil

import pytest

from tests.project.surfaces import SAMPLES, Inspected, line_of
from wizard.journeys.operations import of_view
from wizard.project.detection import detect
from wizard.project.inputs import KINDS, Input
from wizard.project.surface import surface


@pytest.fixture(scope="module")
def pages(python, tmp_path_factory):
    with Inspected(SAMPLES / "pages", python, tmp_path_factory.mktemp("pages")) as inspected:
        return inspected.surface


@pytest.fixture(scope="module")
def store(python, tmp_path_factory):
    with Inspected(SAMPLES / "store", python, tmp_path_factory.mktemp("store")) as inspected:
        return inspected.surface


@pytest.fixture(scope="module")
def api(python, tmp_path_factory):
    with Inspected(SAMPLES / "api", python, tmp_path_factory.mktemp("api")) as inspected:
        return inspected.surface


PRODUCT = "category:reference(shop.Category) name price:decimal stock:integer size:choice image?:image manual?:file"
PAGES = {
    "polls/": "list polls.Question nobody",
    "polls/<int:pk>/": "detail polls.Question nobody pk=pk",
    "polls/<int:question_id>/vote/": "- polls.Choice nobody question_id=polls.Question.pk | form "
    "choice:reference(polls.Choice)",
    "shop/": "list shop.Product nobody | get q?",
    "shop/p/<slug:slug>/": "detail shop.Product nobody slug=slug",
    "shop/new/": f"create shop.Product login | multipart {PRODUCT}",
    "shop/<int:pk>/edit": f"update shop.Product login pk=pk | multipart {PRODUCT}",
    "shop/<int:product_id>/remove": "delete shop.Product login product_id=pk | form",
    "shop/register": "signup auth.User nobody | form username email:email pass1:password pass2:password fname",
    "shop/signin": "login - nobody | form username pass1:password",
    "shop/signout": "logout - nobody",
    "shop/contact": "create shop.Message nobody | form name email:email message",
    "shop/api/add": "- shop.Product login | json productId:reference(shop.Product) action:choice "
    "items[]:object{sku qty:integer}",
    "shop/upload": "upload - staff | multipart document:file",
    "shop/checkout": "create shop.Order nobody | form address zip",
    "shop/order/new": "create shop.Order login | form address postcode | form+lines product:reference(shop.Product) "
    "quantity:integer",
    "shop/order/<uuid:pk>/edit": "update shop.Order staff pk=pk | form address",
    "shop/order/<uuid:pk>/delete": "delete shop.Order staff pk=pk | form",
    "shop/orders": "list shop.Order login",
    "shop/in/<slug:category>/": "list shop.Product nobody category=shop.Category.slug",
    "shop/join": "signup auth.User nobody | form username email:email password1:password password2:password",
    "shop/schedule": "- - login | form at_0:date at_1:time secret:password next?:hidden kind:choice",
    "accounts/login/": "login - nobody | form username password:password",
    "accounts/logout/": "logout - nobody | form",
    "accounts/password_change/": "password - login | form old_password:password new_password1:password "
    "new_password2:password",
    "accounts/password_reset/": "reset - nobody | form email:email",
    "accounts/password_reset/done/": "- - nobody",
}


@pytest.mark.parametrize("route", PAGES)
def test_a_view_of_django_is_described_with_its_forms(pages, route):
    [view] = [view for view in pages.views if view.url.route == route]
    assert line_of(view) == PAGES[route]


STORE = {
    "product/<slug>/": "detail core.Item ? slug=slug | form text rating:choice",
    "order-summary/": "detail core.Order login",
    "checkout/": "create core.Address ? | form street zip? payment_option:choice",
    "add-to-cart/<slug>/": "create core.OrderItem login slug=core.Item.slug",
    "remove-from-cart/<slug>/": "delete core.OrderItem login slug=core.Item.slug",
    "mine/": "list core.Item login | get q? page?:integer",
    "todo/": "create core.Task login | form title due?:date",
    "todo/delete/<str:name>": "delete core.Task login name=title",
    "todo/<int:pk>/toggle": "- core.Task login pk=pk | form",
    "reports": "list core.Order staff",
    "contacts/new": "create core.Contact nobody | form name organization | form+phone_set number",
    r"^contacts/(?P<contact_id>\d+)/edit$": "update core.Contact nobody contact_id=pk | form name organization "
    "| form+phone_set number",
    "search": "list core.Item nobody | get q",
    "items/<int:item_pk>/review": "create core.Review login item_pk=core.Item.pk | form text rating:choice",
    "api/contacts/<int:pk>": "detail core.Contact nobody pk=pk | json name | json name",
    "ping": "create core.Contact nobody | json email:email name org?",
    "register": "signup accounts.User nobody | form email:email full_name password:password "
    "confirm_password:password terms:boolean",
    "login": "login - nobody | form username password:password | get next?",
    "logout": "logout - nobody | form",
    "profile": "update accounts.User login | form full_name",
    "profile/close": "delete accounts.User login",
    "items/<int:item_id>/reviews/new": "create core.Review ? item_id=core.Item.pk | form text",
    "login/code": "- - nobody | form code",
    "guarded": "- - login | form captcha:captcha phone?:phone",
}


@pytest.mark.parametrize("route", STORE)
def test_the_code_of_a_shop_tells_its_roles_models_and_guards(store, route):
    [view] = [view for view in store.views if view.url.route == route]
    assert line_of(view) == STORE[route]


def test_a_function_that_asks_for_the_method_has_a_form_for_each(store):
    [view] = [view for view in store.views if view.url.route == "api/contacts/<int:pk>"]
    assert view.methods == ("delete", "get", "patch", "put")
    assert [(form.method, form.encoding) for form in view.forms] == [("patch", "json"), ("put", "json")]
    assert view.url.effects == ()
    operations = {(each.role, each.method) for each in of_view(view, {"core.Contact": {"name"}})}
    assert operations == {("detail", "get"), ("update", "patch"), ("update", "put"), ("delete", "delete")}


API = {
    ("api/^products/$", "list"): "list shop.Product nobody",
    ("api/^products/$", "create"): "create shop.Product login | multipart category:reference(shop.Category.slug) name "
    "slug:slug price:decimal stock?:integer size:choice image?:image",
    ("api/^products/(?P<slug>[^/.]+)/$", "update"): "update shop.Product login slug=slug | multipart "
    "category:reference(shop.Category.slug) name slug:slug price:decimal stock?:integer size:choice image?:image",
    ("api/^products/(?P<slug>[^/.]+)/$", "destroy"): "delete shop.Product staff slug=slug",
    (
        "api/^products/(?P<slug>[^/.]+)/upload_image/$",
        "upload_image",
    ): "upload shop.Product login slug=slug | multipart image:image",
    ("api/^orders/$", "create"): "create shop.Order login | json address postcode lines[]:object"
    "{product:reference(shop.Product) quantity?:integer} tags[]? meta?:json gift_to[]?:reference(auth.User)",
    ("api/register/", "post"): "signup auth.User nobody | json username email:email password:password",
    ("api/me/", "put"): "update auth.User login | json username email:email password:password",
    ("api/cats/", "get"): "list shop.Category nobody",
    ("api/cats/", "post"): "create shop.Category login | json name slug:slug",
    ("api/cart/<int:product_id>/", "post"): "create shop.OrderLine login product_id=shop.Product.pk | json "
    "quantity?:integer order:reference(shop.Order)",
    ("api/messages/", "get"): "list shop.Message nobody",
    ("api/messages/", "post"): "create shop.Message nobody | json name email:email body",
    ("api/login/", "post"): "login - nobody | json username password:password",
    ("api/quote/<slug:code>/", "post"): "- - nobody code= | json weight:float size?:choice to:email until?:date "
    "lines[]?:object{product_id:reference(shop.Product) note?} self?:json",
    ("token/", "post"): "login - nobody | json username password:password",
}


@pytest.mark.parametrize(("route", "action"), API)
def test_a_view_of_rest_framework_is_described_with_its_serializer(api, route, action):
    [view] = [view for view in api.views if view.url.route == route and action in (view.action, view.methods[0])]
    assert line_of(view) == API[route, action]


def test_the_limits_of_inputs_are_those_of_fields_validators_and_models(pages, api):
    [new] = [view for view in pages.views if view.url.route == "shop/new/"]
    inputs = {each.name: each for each in new.forms[0].inputs}
    price, manual = inputs["price"], inputs["manual"]
    assert (price.minimum, price.maximum, price.places, manual.extensions) == (1, 999999, 2, ("pdf",))
    assert (inputs["name"].longest, inputs["size"].choices) == (100, ("S", "L"))
    [checkout] = [view for view in pages.views if view.url.route == "shop/checkout"]
    assert checkout.forms[0].inputs[1].pattern == r"^\d{6}$"  # the helper stores it in Order.postcode
    [add] = [view for view in pages.views if view.url.route == "shop/api/add"]
    assert add.forms[0].inputs[1].choices == ("add", "remove")
    [register] = [view for view in api.views if view.url.route == "api/register/"]
    assert register.forms[0].inputs[-1].shortest == 8
    assert register.outputs == ("id", "username", "email")


def test_models_tell_their_owner_and_what_the_admin_can_add(pages):
    models = {model.label: model for model in pages.models}
    owners = {label: model.owner for label, model in models.items() if model.owner}
    assert owners == {"shop.Profile": "user", "shop.Product": "seller", "shop.Order": "customer__user"}
    assert models["polls.Question"].in_admin
    assert not models["polls.Choice"].in_admin
    assert models["shop.Product"].unique == ("slug",)
    assert (models["shop.Order"].table, models["shop.Order"].key) == ("shop_order", "id")
    assert "id" not in [each.name for each in models["shop.Order"].inputs]
    assert (pages.user_model, pages.username, pages.admin) == ("auth.User", "username", "/admin/")


def test_a_view_whose_code_raises_or_hangs_becomes_one_problem(pages, api):
    problems = "\n".join(pages.problems)
    assert problems.count("Broken") == problems.count("Slow") == problems.count("Asks") == 1, problems
    assert "shop.views.Slow: not described within 2 s" in problems
    assert "without a network" in problems
    assert "without a database" in problems
    assert [line for line in api.problems if "nope" in line], api.problems
    assert [line for line in api.problems if line.startswith("swagger.json: JSONDecodeError")], api.problems


def test_a_form_with_very_many_fields_is_cut(pages):
    [wide] = [view for view in pages.views if view.url.route == "shop/wide"]
    assert len(wide.forms[0].inputs) == 300


def test_every_kind_is_one_of_the_contract(pages, api):
    def kinds(inputs: tuple[Input, ...]) -> set[str]:
        return {each.kind for each in inputs} | {kind for each in inputs for kind in kinds(each.inputs)}

    found = {kind for each in (pages, api) for view in each.views for form in view.forms for kind in kinds(form.inputs)}
    assert len(found) > 12
    assert found <= set(KINDS)


def test_the_views_are_described_without_another_load(python, tmp_path):
    shutil.copytree(SAMPLES / "pages", tmp_path / "site")
    (tmp_path / "site/manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    (tmp_path / "site/shop/urls.py").write_text("from django.urls import path\nurlpatterns = []\napp_name = 'shop'\n")
    project = detect(tmp_path / "site", python=python)
    try:
        project.inspect_settings()
        folder = project.copy.at(project.root)
        loads = (folder / "loads.txt").read_text()
        found = surface(project)
        assert "polls/" in [view.url.route for view in found.views]
        assert surface(project) == found
        assert (folder / "loads.txt").read_text() == loads
        # Without the process that has loaded the project, it is loaded once more.
        project.snapshot.answer.pop("surface")
        project.interpreter.close()
        assert surface(project) == found
        assert len((folder / "loads.txt").read_text()) == len(loads) + 1
    finally:
        project.close()


def small_project(folder, method):
    """A project with one view, a FormView whose get_form_class has the body *method*."""
    folder.mkdir()
    (folder / "settings.py").write_text("SECRET_KEY = 'x' * 50\nROOT_URLCONF = 'urls'\nDATABASES = {}\n")
    (folder / "urls.py").write_text(
        "import os\nfrom django.urls import path\nfrom django.views.generic import FormView\n"
        f"class Page(FormView):\n    def get_form_class(self):\n        {method}\n"
        "urlpatterns = [path('', Page.as_view())]\n"
    )
    return folder


def test_views_are_described_on_demand_only(python, tmp_path):
    sample = small_project(tmp_path / "sample", "open('described', 'a').write('x')")
    with Inspected(sample, python, tmp_path / "run") as inspected:
        inspected.ask("inspect")
        assert not (inspected.folder / "described").exists()
        assert len(inspected.ask("surface", limit=20.0)["views"]) == 1
        assert (inspected.folder / "described").exists()


def test_code_that_ends_the_process_is_an_error_of_the_description_alone(python, tmp_path):
    sample = small_project(tmp_path / "sample", "os._exit(3)")
    with Inspected(sample, python, tmp_path / "run") as inspected:
        assert [row["route"] for row in inspected.ask("inspect")["urls"]] == [""]
        error = inspected.ask("surface", limit=20.0)["error"]
        assert "ended the interpreter" in error["message"]
