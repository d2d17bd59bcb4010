from django.contrib import admin

from .models import Campaign, Package

admin.site.register([Package, Campaign])
