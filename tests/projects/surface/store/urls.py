from django.contrib import admin
from django.urls import path, include
from accounts import views as a

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("core.urls")),
    path("register", a.register_view, name="register"),
    path("login", a.login_view, name="login"),
    path("logout", a.logout_view),
    path("profile", a.profile),
    path("guarded", a.guarded),
    path("profile/close", a.close_account),
]
