from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    CUSTOMER, STAFF = 'customer', 'staff'
    ROLES = [(CUSTOMER, 'Customer'), (STAFF, 'Staff')]

    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=15, blank=True)
    role = models.CharField(max_length=10, choices=ROLES, default=CUSTOMER)

    @property
    def works_here(self):
        return self.is_superuser or self.role == self.STAFF
