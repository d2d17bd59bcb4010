from django.http import FileResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Router
from ninja.files import UploadedFile

from .models import Document, Folder, Note
from .schemas import DocumentChange, DocumentOut, NoteIn, NoteOut

router = Router(tags=["documents"])


def own_document(request, document_id):
    return get_object_or_404(Document, pk=document_id, owner=request.auth)


@router.get("", response=list[DocumentOut])
def list_documents(request, folder: int | None = None):
    documents = Document.objects.filter(owner=request.auth)
    return documents.filter(folder_id=folder) if folder else documents


@router.post("", response={201: DocumentOut})
def upload_document(
    request, title: str = Form(..., max_length=150), folder: int | None = Form(None), file: UploadedFile = File(...)
):
    document = Document(owner=request.auth, title=title, size=file.size)
    if folder is not None:
        document.folder = get_object_or_404(Folder, pk=folder, owner=request.auth)
    document.file.save(file.name, file)
    return 201, document


@router.get("/search", response=list[DocumentOut])
def search_documents(request, q: str):
    return Document.objects.filter(owner=request.auth, title__icontains=q)


@router.get("/{int:document_id}", response=DocumentOut)
def get_document(request, document_id: int):
    return own_document(request, document_id)


@router.get("/{int:document_id}/download")
def download_document(request, document_id: int):
    document = own_document(request, document_id)
    return FileResponse(document.file.open("rb"), as_attachment=True, filename=document.title)


@router.patch("/{int:document_id}", response=DocumentOut)
def rename_document(request, document_id: int, data: DocumentChange):
    document = own_document(request, document_id)
    document.title = data.title
    document.save()
    return document


@router.delete("/{int:document_id}", response={204: None})
def delete_document(request, document_id: int):
    document = own_document(request, document_id)
    document.file.delete(save=False)
    document.delete()
    return 204, None


@router.get("/{int:document_id}/notes", response=list[NoteOut])
def list_notes(request, document_id: int):
    return own_document(request, document_id).notes.all()


@router.post("/{int:document_id}/notes", response={201: NoteOut})
def create_note(request, document_id: int, data: NoteIn):
    return 201, Note.objects.create(document=own_document(request, document_id), author=request.auth, text=data.text)
