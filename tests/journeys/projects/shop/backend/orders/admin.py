from django.contrib import admin

from .models import Order, OrderLine


class LineInline(admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "owner", "status", "total"]
    inlines = [LineInline]
