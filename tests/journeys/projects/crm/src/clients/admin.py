from django.contrib import admin

from .models import Company, Contact


class ContactInline(admin.TabularInline):
    model = Contact
    extra = 1


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "city"]
    inlines = [ContactInline]
