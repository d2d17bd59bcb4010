from django.contrib import admin

from .models import News, Page


@admin.register(Page, News)
class ContentAdmin(admin.ModelAdmin):
    prepopulated_fields = {"slug": ["title"]}
    search_fields = ["title", "body"]
