import graphene
from graphene_django import DjangoObjectType
from .models import *


class BookType(DjangoObjectType):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "author"]


class AuthorType(DjangoObjectType):
    class Meta:
        model = Author
        fields = ["id", "name"]


class BookInput(graphene.InputObjectType):
    title = graphene.String(required=True)
    author_id = graphene.ID(required=True)
    price = graphene.Decimal()


class CreateBook(graphene.Mutation):
    class Arguments:
        input = BookInput(required=True)

    book = graphene.Field(BookType)
    ok = graphene.Boolean()

    def mutate(root, info, input):
        if not info.context.user.is_authenticated:
            raise Exception("login")
        return CreateBook(book=Book.objects.create(**input), ok=True)


class DeleteBook(graphene.Mutation):
    class Arguments:
        id = graphene.ID(required=True)

    ok = graphene.Boolean()

    @classmethod
    def mutate(cls, root, info, id):
        Book.objects.get(pk=id).delete()
        return DeleteBook(ok=True)


class Query(graphene.ObjectType):
    books = graphene.List(BookType, q=graphene.String())
    book = graphene.Field(BookType, id=graphene.ID(required=True))

    def resolve_books(root, info, q=None):
        return Book.objects.all()

    def resolve_book(root, info, id):
        return Book.objects.get(pk=id)


class Mutation(graphene.ObjectType):
    create_book = CreateBook.Field()
    delete_book = DeleteBook.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
