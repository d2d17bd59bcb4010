import graphene
import graphql_jwt
from django.contrib.auth import get_user_model
from graphql_jwt.decorators import login_required, staff_member_required

from . import accounts, mutations
from .models import Category, Favourite, Item
from .types import CategoryType, FavouriteType, ItemType, UserType


class Query(graphene.ObjectType):
    me = graphene.Field(UserType)
    users = graphene.List(UserType)
    categories = graphene.List(CategoryType)
    items = graphene.List(ItemType, search=graphene.String(), first=graphene.Int(), skip=graphene.Int())
    item = graphene.Field(ItemType, id=graphene.ID(required=True))
    my_items = graphene.List(ItemType)
    my_favourites = graphene.List(FavouriteType)

    @login_required
    def resolve_me(self, info):
        return info.context.user

    @staff_member_required
    def resolve_users(self, info):
        return get_user_model().objects.all()

    def resolve_categories(self, info):
        return Category.objects.all()

    def resolve_items(self, info, search="", first=20, skip=0):
        items = Item.objects.select_related("owner", "category")
        if search:
            items = items.filter(name__icontains=search)
        return items[skip : skip + first]

    def resolve_item(self, info, id):
        return Item.objects.filter(pk=id).first()

    @login_required
    def resolve_my_items(self, info):
        return Item.objects.filter(owner=info.context.user)

    @login_required
    def resolve_my_favourites(self, info):
        return Favourite.objects.filter(user=info.context.user).select_related("item")


class Mutation(graphene.ObjectType):
    sign_up = accounts.SignUp.Field()
    login = accounts.Login.Field()
    change_password = accounts.ChangePassword.Field()
    verify_token = graphql_jwt.Verify.Field()
    refresh_token = graphql_jwt.Refresh.Field()
    revoke_token = graphql_jwt.Revoke.Field()
    create_item = mutations.CreateItem.Field()
    update_item = mutations.UpdateItem.Field()
    delete_item = mutations.DeleteItem.Field()
    add_favourite = mutations.AddFavourite.Field()
    remove_favourite = mutations.RemoveFavourite.Field()
    create_category = mutations.CreateCategory.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
