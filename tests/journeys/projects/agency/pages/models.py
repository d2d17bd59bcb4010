from django.db import models
from django.urls import reverse
from django.utils import timezone


class Page(models.Model):
    title = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    body = models.TextField()
    in_menu = models.BooleanField(default=True)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("page", args=[self.slug])


class News(models.Model):
    title = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    body = models.TextField()
    published = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-published", "-pk"]
        verbose_name_plural = "news"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("news-detail", args=[self.slug])
