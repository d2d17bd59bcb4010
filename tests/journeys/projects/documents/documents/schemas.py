from datetime import datetime

from ninja import ModelSchema, Schema
from pydantic import Field

from .models import Folder


class SignUp(Schema):
    username: str = Field(min_length=3, max_length=30)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(min_length=8)


class Credentials(Schema):
    username: str
    password: str


class NewPassword(Schema):
    old_password: str
    new_password: str = Field(min_length=8)


class Me(Schema):
    id: int
    username: str
    email: str


class FolderIn(Schema):
    name: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=300)


class FolderOut(ModelSchema):
    class Meta:
        model = Folder
        fields = ["id", "name", "slug", "description"]


class DocumentOut(Schema):
    id: int
    title: str
    size: int
    folder_id: int | None
    created: datetime


class DocumentChange(Schema):
    title: str = Field(min_length=1, max_length=150)


class NoteIn(Schema):
    text: str = Field(min_length=1)


class NoteOut(Schema):
    id: int
    text: str
    created: datetime


class Message(Schema):
    detail: str
