from ninja.security import HttpBearer

from .models import Token


class TokenAuth(HttpBearer):
    """The token of a log-in, from the header `Authorization: Bearer …`."""

    def authenticate(self, request, token):
        found = Token.objects.select_related("user").filter(key=token, user__is_active=True).first()
        if found is None:
            return None
        request.token = found
        return found.user
