from django.contrib import admin

from .models import Category, Item

admin.site.register(Category)


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "price"]
