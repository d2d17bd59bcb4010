from django.urls import path, include
from rest_framework.routers import DefaultRouter
from . import api

r = DefaultRouter()
r.register("products", api.Products)
r.register("orders", api.Orders, basename="order")
urlpatterns = [
    path("", include(r.urls)),
    path("register/", api.Register.as_view()),
    path("me/", api.Me.as_view()),
    path("cats/", api.Cats.as_view()),
    path("cart/<int:product_id>/", api.CartAdd.as_view()),
    path("messages/", api.messages),
    path("bad/", api.Bad.as_view()),
    path("login/", api.Login.as_view()),
    path("quote/<slug:code>/", api.Quote.as_view()),
]
