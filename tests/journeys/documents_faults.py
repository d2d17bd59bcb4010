"""Faults of the document store: an API of django-ninja with tokens of its own, folders, uploads, downloads and notes."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

API, DOCUMENTS, FOLDERS = "documents/api.py", "documents/documents.py", "documents/folders.py"
STORED = "    document.file.save(file.name, file)\n"

FAULTS = [
    Planted(
        "large uploads are cut off",
        every(
            replace(DOCUMENTS, STORED, "    document.file.save(file.name, ContentFile(next(file.chunks())))\n"),
            replace(DOCUMENTS, "from django.http", "from django.core.files.base import ContentFile\nfrom django.http"),
        ),
        {"upload"}, ["document", "file"],
    ),
    Planted(
        "an upload is kept in memory only",
        replace(DOCUMENTS, STORED, "    document.file.name = file.name\n    document.save()\n"),
        {"upload"}, ["document", "file"],
    ),
    Planted(
        "the download is that of the newest document",
        replace(DOCUMENTS, "    document = own_document(request, document_id)\n    return FileResponse",
                "    document = own_document(request, document_id).owner.documents.first()\n    return FileResponse"),
        {"upload", "detail"}, ["document", "file"],
    ),
    Planted(
        "documents of others can be downloaded",
        replace(DOCUMENTS, "    document = own_document(request, document_id)\n    return FileResponse",
                "    document = get_object_or_404(Document, pk=document_id)\n    return FileResponse"),
        {"hole"}, ["document"],
    ),
    Planted(
        "documents of others can be deleted",
        replace(DOCUMENTS, "    document = own_document(request, document_id)\n    document.file.delete",
                "    document = get_object_or_404(Document, pk=document_id)\n    document.file.delete"),
        {"hole"}, ["document"],
    ),
    Planted(
        "documents of others can be renamed",
        replace(DOCUMENTS, "    document = own_document(request, document_id)\n    document.title",
                "    document = get_object_or_404(Document, pk=document_id)\n    document.title"),
        {"hole"}, ["document"],
    ),
    Planted(
        "anonymous visitors create folders",
        every(
            replace(FOLDERS, '@router.post("", ', '@router.post("", auth=[TokenAuth(), lambda request: User.objects.first()], '),
            replace(FOLDERS, "from .models", "from django.contrib.auth.models import User\n\nfrom .auth import TokenAuth\nfrom .models"),
        ),
        {"hole"}, ["folder"],
    ),
    Planted(
        "the list of documents shows those of others",
        replace(DOCUMENTS, "documents = Document.objects.filter(owner=request.auth)", "documents = Document.objects.all()"),
        {"hole", "list"}, ["document"],
    ),
    Planted("deleting a folder deletes nothing", replace(FOLDERS, "    folder.delete()\n", ""), {"delete"}, ["folder"]),
    Planted(
        "a folder's description is not changed",
        replace(FOLDERS, 'data.dict().items():\n', 'data.dict(exclude={"description"}).items():\n'),
        {"update"}, ["description"],
    ),
    Planted(
        "a folder is answered but not saved",
        replace(FOLDERS, "    return 201, Folder.objects.create(owner=request.auth, slug=slug, **data.dict())\n",
                "    return 201, Folder(pk=0, owner=request.auth, slug=slug, **data.dict())\n"),
        {"create"}, ["folder"],
    ),
    Planted("the token survives the log-out", replace(API, "    request.token.delete()\n", ""), {"logout"}),
    Planted(
        "any password is accepted",
        replace(API, "authenticate(request, username=data.username, password=data.password)",
                "User.objects.filter(username=data.username).first()"),
        {"login", "hole"}, ["password"],
    ),
    Planted(
        "an error at sign-up is swallowed",
        replace(API, "    user = User.objects.create_user(data.username, data.email, data.password)\n"
                '    Folder.objects.create(owner=user, name="Inbox", slug=f"inbox-{user.pk}")\n',
                "    user = User(pk=0, username=data.username, email=data.email)\n"
                "    try:\n        user.set_password(data.pasword)\n        user.save()\n"
                "    except AttributeError:\n        pass\n"),
        {"signup", "login"},
    ),
    Planted(
        "the second visitor cannot sign up",
        replace(API, 'slug=f"inbox-{user.pk}"', 'slug="inbox"'),
        {"signup", "login"},
    ),
    Planted(
        "the second log-in ends the first",
        replace(API, "Token.objects.create(user=user).key",
                'Token.objects.update_or_create(pk=1, defaults={"user": user, "key": Token().key})[0].key'),
        {"login", "hole", "create", "list", "detail"},
    ),
    Planted(
        "a title outside ASCII cannot be downloaded",
        replace(DOCUMENTS, "filename=document.title)", 'filename=document.title.encode("ascii").decode())'),
        {"upload", "detail", "create"}, ["document", "file"],
    ),
    Planted(
        "the statistics are open to visitors",
        replace(API, '    if not request.auth.is_staff:\n        raise HttpError(403, "Only for staff.")\n', ""),
        {"hole"}, ["stat"],
    ),
    Planted("notes are cut off", replace(DOCUMENTS, "text=data.text)", "text=data.text[:20])"), {"create", "other"}, ["note"]),
    Planted(
        "the empty list raises an error",
        replace(DOCUMENTS, "    return documents.filter(folder_id=folder) if folder else documents\n",
                "    request.largest = max(document.size for document in documents)\n"
                "    return documents.filter(folder_id=folder) if folder else documents\n"),
        {"list", "other"}, ["document"],
    ),
    Planted("the search finds nothing", replace(DOCUMENTS, "title__icontains=q", "title__iexact=q[1:]"), {"search"}),
    Planted(
        "the list raises an error on PostgreSQL",
        replace(DOCUMENTS, "documents = Document.objects.filter(owner=request.auth)",
                "documents = Document.objects.filter(owner=request.auth).extra(where=['title <> \"untitled\"'])"),
        {"list", "create"}, ["document"], postgres=True,
    ),
    Planted(
        "the folder of a document is dropped",
        replace(DOCUMENTS, "        document.folder = get_object_or_404(", "        folder = get_object_or_404("),
        {"create", "upload"}, ["folder"],
    ),
    Planted("the account of the first user is shown",
            replace(API, "    return request.auth\n", '    return User.objects.earliest("pk")\n'), {"hole", "detail"}, ["/me"]),
    Planted("a changed password is not saved",
            replace(API, "    user.set_password(data.new_password)\n    user.save()\n", "    user.set_password(data.new_password)\n"),
            {"reset", "update", "other"}, ["password"]),
    Planted("deleting a folder deletes all folders of the user",
            replace(FOLDERS, "    folder.delete()\n", "    request.auth.folders.all().delete()\n"), {"delete"}, ["folder"]),
]  # fmt: skip
