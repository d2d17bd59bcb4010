from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import path

from books import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/login/", auth_views.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/signup/", views.SignUpView.as_view(), name="signup"),
    path("", views.BookListView.as_view(), name="book-list"),
    path("books/add/", views.BookCreateView.as_view(), name="book-add"),
]
