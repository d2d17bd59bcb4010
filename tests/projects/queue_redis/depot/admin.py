from django.contrib import admin

from depot.models import Parcel

admin.site.register(Parcel)
