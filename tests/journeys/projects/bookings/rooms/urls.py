from django.urls import path

from . import views

urlpatterns = [
    path("", views.room_list, name="rooms"),
    path("rooms/<int:pk>/", views.room_detail, name="room"),
    path("bookings/", views.booking_list, name="bookings"),
    path("bookings/new/", views.booking_create, name="booking-create"),
    path("bookings/<int:pk>/", views.booking_detail, name="booking"),
    path("bookings/<int:pk>/edit/", views.booking_update, name="booking-update"),
    path("bookings/<int:pk>/cancel/", views.booking_cancel, name="booking-cancel"),
    path("desk/", views.desk, name="desk"),
]
