from django.shortcuts import get_object_or_404
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from ninja import Router

from .models import Folder
from .schemas import FolderIn, FolderOut

router = Router(tags=["folders"])


@router.get("", response=list[FolderOut])
def list_folders(request):
    return Folder.objects.filter(owner=request.auth)


@router.post("", response={201: FolderOut})
def create_folder(request, data: FolderIn):
    slug = f"{slugify(data.name) or 'folder'}-{get_random_string(8)}"
    return 201, Folder.objects.create(owner=request.auth, slug=slug, **data.dict())


@router.get("/{int:folder_id}", response=FolderOut)
def get_folder(request, folder_id: int):
    return get_object_or_404(Folder, pk=folder_id, owner=request.auth)


@router.put("/{int:folder_id}", response=FolderOut)
def update_folder(request, folder_id: int, data: FolderIn):
    folder = get_object_or_404(Folder, pk=folder_id, owner=request.auth)
    for name, value in data.dict().items():
        setattr(folder, name, value)
    folder.save()
    return folder


@router.delete("/{int:folder_id}", response={204: None})
def delete_folder(request, folder_id: int):
    folder = get_object_or_404(Folder, pk=folder_id, owner=request.auth)
    folder.delete()
    return 204, None
