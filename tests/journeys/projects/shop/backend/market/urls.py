from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from accounts.views import AddressViewSet
from catalogue.views import CategoryViewSet, ProductViewSet, ReviewViewSet
from orders.views import OrderViewSet

router = DefaultRouter()
router.register("products", ProductViewSet)
router.register("categories", CategoryViewSet)
router.register("reviews", ReviewViewSet)
router.register("addresses", AddressViewSet, basename="address")
router.register("orders", OrderViewSet, basename="order")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/auth/", include("accounts.urls")),
    path("api/cart/", include("orders.urls")),
    path("api/", include(router.urls)),
]
