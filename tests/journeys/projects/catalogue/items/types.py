import graphene
from django.contrib.auth import get_user_model
from graphene_django import DjangoObjectType

from .models import Category, Favourite, Item


class UserType(DjangoObjectType):
    class Meta:
        model = get_user_model()
        fields = ["id", "username"]


class CategoryType(DjangoObjectType):
    class Meta:
        model = Category
        fields = ["id", "name"]


class ItemType(DjangoObjectType):
    class Meta:
        model = Item
        fields = ["id", "code", "owner", "category", "name", "description", "price", "created"]


class FavouriteType(DjangoObjectType):
    class Meta:
        model = Favourite
        fields = ["id", "item", "created"]


class ItemInput(graphene.InputObjectType):
    name = graphene.String(required=True)
    price = graphene.Decimal(required=True)
    description = graphene.String()
    category_id = graphene.ID()
