import debug_toolbar
import unlisted
from django.urls import include, path

urlpatterns = [
    path("debug/", debug_toolbar.panel),
    path("proxy/", unlisted.proxy),
    path("shop/", include("bazaar.urls")),
]
