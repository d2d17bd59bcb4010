from django.contrib import admin
from django.urls import path, include

urlpatterns = [
    path("admin/", admin.site.urls),
    path("polls/", include("polls.urls")),
    path("shop/", include("shop.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
]
