from django.contrib import admin

from .models import Booking, Room

admin.site.register(Room)


@admin.register(Booking)
class BookingAdmin(admin.ModelAdmin):
    list_display = ["room", "date", "start", "member"]
