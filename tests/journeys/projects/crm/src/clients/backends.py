from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q


class EmailBackend(ModelBackend):
    """Log in with the name or the e-mail address, in any case."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        match = Q(username__iexact=username or "-") | Q(email__iexact=username or "-")
        user = get_user_model().objects.filter(match).first()
        if user and user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None
