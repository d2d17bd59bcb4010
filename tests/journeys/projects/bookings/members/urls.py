from django.urls import path

from . import views

urlpatterns = [
    path("login/", views.log_in, name="login"),
    path("login/code/", views.enter_code, name="code"),
    path("logout/", views.log_out, name="logout"),
    path("profile/", views.profile, name="profile"),
]
