from django.urls import path, re_path
from . import views as v

app_name = "core"
urlpatterns = [
    path("", v.HomeView.as_view(), name="home"),
    path("product/<slug>/", v.ItemDetailView.as_view(), name="product"),
    path("order-summary/", v.OrderSummaryView.as_view(), name="order-summary"),
    path("checkout/", v.CheckoutView.as_view(), name="checkout"),
    path("add-to-cart/<slug>/", v.add_to_cart),
    path("remove-from-cart/<slug>/", v.remove_from_cart),
    path("mine/", v.my_items),
    path("todo/", v.todo, name="todo"),
    path("todo/delete/<str:name>", v.todo_delete),
    path("todo/<int:pk>/toggle", v.todo_toggle),
    path("reports", v.reports),
    path("contacts/new", v.contact_edit),
    re_path(r"^contacts/(?P<contact_id>\d+)/edit$", v.contact_edit),
    path("search", v.search),
    path("items/<int:item_pk>/review", v.AddReview.as_view()),
    path("api/contacts/<int:pk>", v.contact_api),
    path("ping", v.ping),
    path("items/<int:item_id>/reviews/new", v.review_new),
    path("login/code", v.enter_code),
]
