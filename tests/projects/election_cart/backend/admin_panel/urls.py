from django.urls import path

from . import views

urlpatterns = [
    path('orders/', views.all_orders),
    path('orders/<int:pk>/assign/', views.assign),
    path('checklist/<int:pk>/', views.checklist),
]
