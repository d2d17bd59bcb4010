from django.urls import path

from . import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("companies/", views.company_list, name="companies"),
    path("companies/new/", views.company_create, name="company-create"),
    path("companies/<int:pk>/", views.company_detail, name="company"),
    path("companies/<int:pk>/edit/", views.company_update, name="company-update"),
    path("companies/<int:pk>/delete/", views.company_delete, name="company-delete"),
    path("companies/<int:pk>/notes/", views.note_create, name="note-create"),
    path("notes/<int:pk>/delete/", views.note_delete, name="note-delete"),
]
