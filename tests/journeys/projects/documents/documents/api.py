from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from ninja import NinjaAPI
from ninja.errors import HttpError

from .auth import TokenAuth
from .documents import router as documents
from .folders import router as folders
from .models import Document, Folder, Token
from .schemas import Credentials, Me, Message, NewPassword, SignUp

User = get_user_model()
api = NinjaAPI(title="Docstore", auth=TokenAuth())
api.add_router("/documents", documents)
api.add_router("/folders", folders)


def check_password_rules(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise HttpError(400, " ".join(error.messages)) from error


@api.post("/signup", auth=None, response={201: Me, 400: Message})
def sign_up(request, data: SignUp):
    if User.objects.filter(username__iexact=data.username).exists():
        return 400, {"detail": "This name is taken."}
    check_password_rules(data.password)
    user = User.objects.create_user(data.username, data.email, data.password)
    Folder.objects.create(owner=user, name="Inbox", slug=f"inbox-{user.pk}")
    return 201, user


@api.post("/login", auth=None, response={200: dict, 401: Message})
def log_in(request, data: Credentials):
    user = authenticate(request, username=data.username, password=data.password)
    if user is None:
        return 401, {"detail": "Wrong name or password."}
    return {"token": Token.objects.create(user=user).key}


@api.post("/logout", response={204: None})
def log_out(request):
    request.token.delete()
    return 204, None


@api.get("/me", response=Me)
def me(request):
    return request.auth


@api.post("/password", response=Message)
def change_password(request, data: NewPassword):
    user = request.auth
    if not user.check_password(data.old_password):
        raise HttpError(400, "The old password is wrong.")
    check_password_rules(data.new_password, user)
    user.set_password(data.new_password)
    user.save()
    return {"detail": "Your password has been changed."}


@api.get("/admin/stats")
def stats(request):
    if not request.auth.is_staff:
        raise HttpError(403, "Only for staff.")
    return {"users": User.objects.count(), "documents": Document.objects.count(), "folders": Folder.objects.count()}
