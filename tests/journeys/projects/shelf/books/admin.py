from django.contrib import admin

from .models import Author, Book, Document, Product

admin.site.register([Author, Book, Document, Product])
