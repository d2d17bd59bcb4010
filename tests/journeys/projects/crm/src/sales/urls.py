from django.urls import path

from . import views

urlpatterns = [
    path("", views.deal_list, name="deals"),
    path("new/", views.deal_create, name="deal-create"),
    path("report/", views.report, name="report"),
    path("report/export/", views.export, name="export"),
    path("<int:pk>/", views.deal_detail, name="deal"),
    path("<int:pk>/edit/", views.deal_update, name="deal-update"),
    path("<int:pk>/delete/", views.deal_delete, name="deal-delete"),
]
