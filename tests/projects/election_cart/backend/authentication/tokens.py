"""Bearer tokens of our own: a signed user id with an end."""
import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed


def make_token(user):
    claims = {'sub': str(user.pk), 'exp': timezone.now() + settings.JWT_LIFETIME}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm='HS256')


class JWTAuthentication(BaseAuthentication):
    def authenticate(self, request):
        parts = get_authorization_header(request).split()
        if len(parts) != 2 or parts[0].lower() != b'bearer':
            return None
        try:
            claims = jwt.decode(parts[1], settings.SECRET_KEY, algorithms=['HS256'])
            user = get_user_model().objects.get(pk=claims['sub'], is_active=True)
        except (jwt.InvalidTokenError, get_user_model().DoesNotExist):
            raise AuthenticationFailed('This token is not valid any more.')
        return user, None

    def authenticate_header(self, request):
        return 'Bearer'
