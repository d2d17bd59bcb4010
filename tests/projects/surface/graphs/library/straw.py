import enum, strawberry, strawberry_django
from strawberry import auto
from typing import List
from strawberry.permission import BasePermission
from . import models


class IsAuthenticated(BasePermission):
    message = "x"

    def has_permission(self, source, info, **kw):
        return info.context.request.user.is_authenticated


@strawberry.enum
class Kind(enum.Enum):
    A = "a"
    B = "b"


@strawberry_django.type(models.Author)
class Author:
    id: auto
    name: auto


@strawberry_django.type(models.Book)
class Book:
    id: auto
    title: auto
    author: Author


@strawberry_django.type(models.Author)
class AuthorNode(strawberry.relay.Node):
    name: auto


@strawberry_django.input(models.Author)
class AuthorInput(strawberry_django.NodeInput):
    name: auto


@strawberry_django.input(models.Book)
class BookInput:
    title: auto
    author: auto


@strawberry.type
class Query:
    books: List[Book] = strawberry_django.field()


@strawberry.type
class Mutation:
    create_book: Book = strawberry_django.mutations.create(BookInput)

    @strawberry.mutation(permission_classes=[IsAuthenticated])
    def add_author(self, info: strawberry.Info, name: str, kind: Kind) -> Author:
        return models.Author.objects.create(name=name)

    @strawberry_django.mutation(handle_django_errors=True)
    def rename_author(self, info: strawberry.Info, data: AuthorInput) -> AuthorNode:
        author = models.Author.objects.get(pk=data.id.node_id)
        author.name = data.name
        author.save()
        return author


schema = strawberry.Schema(query=Query, mutation=Mutation)
