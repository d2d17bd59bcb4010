from django.urls import path

from . import views

urlpatterns = [
    path('', views.my_orders),
    path('create/', views.create_order, name='create_order'),
    path('<int:pk>/', views.order_detail),
    path('<int:pk>/payment/', views.verify_payment),
    path('<int:pk>/resources/', views.upload_resource),
]
