from django.contrib import admin
from django.urls import path

from depot import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.parcel_list, name="parcel_list"),
    path("parcels/new/", views.parcel_create, name="parcel_create"),
]
