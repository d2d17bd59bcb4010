from django.contrib import admin
from django.contrib.auth import views
from django.urls import path

from members.views import contact, home

urlpatterns = [
    path("", home, name="home"),
    path("contact/", contact, name="contact"),
    path("admin/", admin.site.urls),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/reset/", views.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/done/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/<uidb64>/<token>/", views.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password/complete/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]
