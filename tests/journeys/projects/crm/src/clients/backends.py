from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend


class EmailBackend(ModelBackend):
    """Log in with the e-mail address instead of the name."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        user = get_user_model().objects.filter(email__iexact=username or "-").first()
        if user and user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None
