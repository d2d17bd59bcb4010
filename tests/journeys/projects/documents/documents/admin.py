from django.contrib import admin

from .models import Document, Folder

admin.site.register(Folder)


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    list_display = ["title", "owner", "size", "created"]
