from decimal import Decimal
from typing import List, Optional
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from ninja import NinjaAPI, Schema, ModelSchema, Form, File, Router
from ninja.files import UploadedFile
from ninja.security import HttpBearer, django_auth
from .models import *


class Bearer(HttpBearer):
    def authenticate(self, request, token):
        return None


api = NinjaAPI(auth=Bearer())


class BookIn(Schema):
    title: str
    author_id: int
    price: Decimal
    tags: List[str] = []
    note: Optional[str] = None


class BookOut(ModelSchema):
    class Meta:
        model = Book
        fields = ["id", "title", "price"]


class Cred(Schema):
    username: str
    password: str


class SignUp(Schema):
    username: str
    email: str
    password: str


@api.post("/token", auth=None)
def login(request, data: Cred):
    u = authenticate(username=data.username, password=data.password)
    return {"token": "x"}


@api.post("/register", auth=None)
def register(request, data: SignUp):
    User.objects.create_user(data.username, data.email, data.password)
    return {"ok": 1}


@api.get("/books", response=List[BookOut], auth=None)
def list_books(request, q: str = ""):
    return Book.objects.all()


@api.post("/books", response={201: BookOut})
def create_book(request, payload: BookIn):
    return 201, Book.objects.create(**payload.dict())


@api.get("/books/{book_id}", response=BookOut)
def get_book(request, book_id: int):
    return get_object_or_404(Book, id=book_id)


@api.put("/books/{book_id}", response=BookOut)
def update_book(request, book_id: int, payload: BookIn):
    book = get_object_or_404(Book, id=book_id)
    for k, v in payload.dict().items():
        setattr(book, k, v)
    book.save()
    return book


@api.delete("/books/{book_id}")
def delete_book(request, book_id: int):
    get_object_or_404(Book, id=book_id).delete()
    return {"ok": 1}


router = Router()


@router.post("/upload")
def upload(request, file: UploadedFile = File(...), title: str = Form("x")):
    Upload.objects.create(file=file)
    return {"name": file.name}


@router.post("/contact", auth=django_auth)
def contact(request, email: str = Form(...), text: str = Form(...)):
    return {}


api.add_router("/files", router)
