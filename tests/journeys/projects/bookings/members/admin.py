from django.contrib import admin

from .models import Member


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_staff"]
    fields = ["email", "name", "phone", "avatar", "is_active", "is_staff"]
