from django.urls import path
from . import views as v

app_name = "shop"
urlpatterns = [
    path("", v.product_list, name="list"),
    path("p/<slug:slug>/", v.product_detail),
    path("new/", v.product_new),
    path("<int:pk>/edit", v.product_edit),
    path("<int:product_id>/remove", v.product_remove),
    path("register", v.register, name="register"),
    path("signin", v.signin),
    path("signout", v.signout),
    path("contact", v.contact),
    path("api/add", v.api_add),
    path("upload", v.upload),
    path("checkout", v.checkout),
    path("order/new", v.OrderCreate.as_view()),
    path("order/<uuid:pk>/edit", v.OrderUpdate.as_view()),
    path("order/<uuid:pk>/delete", v.OrderDelete.as_view()),
    path("orders", v.MyOrders.as_view()),
    path("in/<slug:category>/", v.InCategory.as_view()),
    path("join", v.Join.as_view()),
    path("schedule", v.Schedule.as_view()),
    path("broken", v.Broken.as_view()),
    path("slow", v.Slow.as_view()),
    path("wide", v.Wide.as_view()),
    path("asks", v.Asks.as_view()),
    path("counts", v.Counts.as_view()),
]
