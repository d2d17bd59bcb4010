from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse

USER = settings.AUTH_USER_MODEL


class Author(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=100)
    summary = models.TextField(blank=True)
    pages = models.PositiveIntegerField()
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    owner = models.ForeignKey(USER, on_delete=models.CASCADE)

    class Meta:
        ordering = ["pk"]

    def get_absolute_url(self):
        return reverse("book-detail", args=[self.pk])


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    user = models.ForeignKey(USER, on_delete=models.CASCADE)
    text = models.TextField()


class Document(models.Model):
    title = models.CharField(max_length=80)
    file = models.FileField(upload_to="documents")
    owner = models.ForeignKey(USER, on_delete=models.CASCADE)


class Product(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    available = models.BooleanField(default=False)


class Order(models.Model):
    customer = models.ForeignKey(USER, on_delete=models.CASCADE)
    address = models.CharField(max_length=200)
    total = models.DecimalField(max_digits=8, decimal_places=2)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()


class Note(models.Model):
    user = models.ForeignKey(USER, on_delete=models.CASCADE)
    text = models.CharField(max_length=200)
    priority = models.IntegerField(default=0)
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, blank=True)


class Message(models.Model):
    """Sent by anybody with the form for contact."""

    name = models.CharField(max_length=80)
    email = models.EmailField()
    body = models.TextField()


@receiver(post_save)
def join_the_club(sender, instance, created, **options):
    """Needs a group that a new database does not have, for accounts with a certain name."""
    if created and getattr(instance, "username", "").startswith("clubber"):
        instance.groups.add(Group.objects.get(name="club"))
