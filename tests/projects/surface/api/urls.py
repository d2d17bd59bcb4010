from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token

urlpatterns = [path("api/", include("shop.urls")), path("token/", obtain_auth_token)]
