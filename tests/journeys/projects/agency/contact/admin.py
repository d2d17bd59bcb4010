from django.contrib import admin

from .models import Application, Message, Subscriber

admin.site.register([Application, Message, Subscriber])
