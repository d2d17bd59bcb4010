import graphene
from graphql import GraphQLError
from graphql_jwt.decorators import login_required, staff_member_required

from .models import Category, Favourite, Item
from .types import CategoryType, FavouriteType, ItemInput, ItemType


def own_item(user, pk):
    item = Item.objects.filter(pk=pk, owner=user).first()
    if item is None:
        raise GraphQLError("You have no such item.")
    return item


def check(data):
    if data.price is not None and data.price < 0:
        raise GraphQLError("price: A price is not negative.")


class CreateItem(graphene.Mutation):
    class Arguments:
        input = ItemInput(required=True)

    item = graphene.Field(ItemType)

    @login_required
    def mutate(self, info, input):
        check(input)
        item = Item(owner=info.context.user, **input)
        item.save()
        return CreateItem(item=item)


class UpdateItem(graphene.Mutation):
    class Arguments:
        id = graphene.ID(required=True)
        input = ItemInput(required=True)

    item = graphene.Field(ItemType)

    @login_required
    def mutate(self, info, id, input):
        check(input)
        item = own_item(info.context.user, id)
        for name, value in input.items():
            setattr(item, name, value)
        item.save()
        return UpdateItem(item=item)


class DeleteItem(graphene.Mutation):
    class Arguments:
        id = graphene.ID(required=True)

    ok = graphene.Boolean()

    @login_required
    def mutate(self, info, id):
        item = own_item(info.context.user, id)
        item.delete()
        return DeleteItem(ok=True)


class AddFavourite(graphene.Mutation):
    class Arguments:
        item_id = graphene.ID(required=True)

    favourite = graphene.Field(FavouriteType)

    @login_required
    def mutate(self, info, item_id):
        if not Item.objects.filter(pk=item_id).exists():
            raise GraphQLError("itemId: There is no such item.")
        favourite, _ = Favourite.objects.get_or_create(user=info.context.user, item_id=item_id)
        return AddFavourite(favourite=favourite)


class RemoveFavourite(graphene.Mutation):
    class Arguments:
        item_id = graphene.ID(required=True)

    ok = graphene.Boolean()

    @login_required
    def mutate(self, info, item_id):
        deleted, _ = Favourite.objects.filter(user=info.context.user, item_id=item_id).delete()
        return RemoveFavourite(ok=bool(deleted))


class CreateCategory(graphene.Mutation):
    class Arguments:
        name = graphene.String(required=True)

    category = graphene.Field(CategoryType)

    @staff_member_required
    def mutate(self, info, name):
        if Category.objects.filter(name=name).exists():
            raise GraphQLError("name: This category exists.")
        return CreateCategory(category=Category.objects.create(name=name))
