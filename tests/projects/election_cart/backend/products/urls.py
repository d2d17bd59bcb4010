from django.urls import path

from . import views

urlpatterns = [
    path('packages/', views.packages),
    path('packages/<int:pk>/', views.package_detail),
    path('campaigns/', views.campaigns),
    path('campaigns/<int:pk>/', views.campaign_detail),
]
