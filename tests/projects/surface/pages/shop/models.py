from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator, FileExtensionValidator
from django.db import models
import uuid


class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    phone = models.CharField(max_length=15, blank=True)


class Category(models.Model):
    name = models.CharField(max_length=50, unique=True)
    slug = models.SlugField(unique=True)


class Product(models.Model):
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(1)])
    stock = models.PositiveIntegerField(default=0)
    size = models.CharField(max_length=1, choices=[("S", "Small"), ("L", "Large")])
    image = models.ImageField(upload_to="p", blank=True)
    manual = models.FileField(upload_to="m", validators=[FileExtensionValidator(["pdf"])], blank=True)
    created = models.DateTimeField(auto_now_add=True)


class Order(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Profile, on_delete=models.CASCADE)
    address = models.TextField()
    postcode = models.CharField(max_length=6, validators=[RegexValidator(r"^\d{6}$")])


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    quantity = models.PositiveSmallIntegerField(default=1)


class Message(models.Model):
    name = models.CharField(max_length=50)
    email = models.EmailField()
    body = models.TextField()
