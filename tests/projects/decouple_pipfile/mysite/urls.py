from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import path
from accounts.views import RegisterView, CheckoutView, home

handler404 = 'accounts.views.missing'
urlpatterns = [
    path('', home, name='home'),
    path('admin/', admin.site.urls),
    path('login/', auth_views.LoginView.as_view(template_name='login.html'), name='login'),
    path('logout/', auth_views.LogoutView.as_view(), name='logout'),
    path('register/', RegisterView.as_view(), name='register'),
    path('checkout/', CheckoutView.as_view(), name='checkout'),
]
