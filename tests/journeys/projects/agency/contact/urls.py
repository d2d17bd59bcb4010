from django.urls import path

from . import views

urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path("newsletter/", views.subscribe, name="subscribe"),
    path("newsletter/confirm/<str:key>/", views.confirm, name="confirm"),
    path("newsletter/unsubscribe/<str:key>/", views.unsubscribe, name="unsubscribe"),
    path("jobs/apply/", views.apply, name="apply"),
    path("staff/inbox/", views.inbox, name="inbox"),
    path("staff/applications/<int:pk>/cv/", views.cv, name="cv"),
]
