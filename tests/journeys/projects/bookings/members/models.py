import secrets
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.mail import send_mail
from django.db import models
from django.utils import timezone


class MemberManager(BaseUserManager):
    def create_user(self, email, password=None, **more):
        member = self.model(email=self.normalize_email(email), **more)
        member.set_password(password)  # None: only a code by mail lets the member in
        member.save()
        return member

    def create_superuser(self, email, password, **more):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **more)


class Member(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    avatar = models.ImageField(upload_to="avatars/", blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(auto_now_add=True)

    objects = MemberManager()
    USERNAME_FIELD = "email"

    def __str__(self):
        return self.name or self.email


class LoginCode(models.Model):
    MINUTES = 15

    email = models.EmailField()
    code = models.CharField(max_length=6)
    created = models.DateTimeField(auto_now_add=True)

    @classmethod
    def send(cls, email):
        code = f"{secrets.randbelow(10**6):06}"
        cls.objects.filter(email__iexact=email).delete()
        cls.objects.create(email=email, code=code)
        send_mail("Your code for the studio", f"Your code is {code}. It is valid for 15 minutes.", None, [email])

    @classmethod
    def use(cls, email, code):
        """Whether *code* was sent to *email* a short while ago. It can be used once."""
        since = timezone.now() - timedelta(minutes=cls.MINUTES)
        deleted, _ = cls.objects.filter(email__iexact=email, code=code, created__gte=since).delete()
        return bool(deleted)
