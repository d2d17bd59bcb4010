from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from orders.views import OrderViewSet, SessionViewSet, create_order

router = DefaultRouter()
router.register("sessions", SessionViewSet, basename="session")
router.register("orders", OrderViewSet, basename="order")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/token/", TokenObtainPairView.as_view(), name="token_obtain_pair"),
    path("api/token/refresh/", TokenRefreshView.as_view(), name="token_refresh"),
    path("api/auth/", include("dj_rest_auth.urls")),
    path("api/create-order/", create_order.as_view(), name="create-order"),
    path("api/", include(router.urls)),
]
