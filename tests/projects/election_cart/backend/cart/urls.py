from django.urls import path

from . import views

urlpatterns = [
    path('', views.view_cart),
    path('add/', views.add_to_cart),
    path('items/<int:pk>/', views.cart_item),
]
