from django.urls import include, path
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView

from described.views import Quote

urlpatterns = [
    path("jwt/", TokenObtainPairView.as_view()),
    path("jwt/blacklist/", TokenBlacklistView.as_view()),
    path("djoser/", include("djoser.urls")),
    path("djoser/", include("djoser.urls.authtoken")),
    path("knox/", include("knox.urls")),
    path("dj/", include("dj_rest_auth.urls")),
    path("dj/registration/", include("dj_rest_auth.registration.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("quote/", Quote.as_view()),
]
