from django.contrib import admin

from .models import ChecklistItem, Order, OrderLine, Resource


class Lines(admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ['id', 'user', 'state', 'total', 'assigned_to', 'created_at']
    list_filter = ['state']
    inlines = [Lines]


admin.site.register([Resource, ChecklistItem])
