"""Sign up, log in, change the password."""

import graphene
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from graphql import GraphQLError
from graphql_jwt.decorators import login_required
from graphql_jwt.shortcuts import create_refresh_token, get_token

from .types import UserType

User = get_user_model()


def check_password(password):
    try:
        validate_password(password)
    except ValidationError as error:
        raise GraphQLError(f"password: {' '.join(error.messages)}") from error


class SignUp(graphene.Mutation):
    class Arguments:
        username = graphene.String(required=True)
        email = graphene.String(required=True)
        password = graphene.String(required=True)

    user = graphene.Field(UserType)

    def mutate(self, info, username, email, password):
        if User.objects.filter(username=username).exists():
            raise GraphQLError("username: This name is taken.")
        check_password(password)
        return SignUp(user=User.objects.create_user(username, email, password))


class Login(graphene.Mutation):
    class Arguments:
        username = graphene.String(required=True)
        password = graphene.String(required=True)

    token = graphene.String()
    refresh_token = graphene.String()
    user = graphene.Field(UserType)

    def mutate(self, info, username, password):
        user = authenticate(info.context, username=username, password=password)
        if user is None:
            raise GraphQLError("Please enter valid credentials")
        return Login(token=get_token(user), refresh_token=create_refresh_token(user).token, user=user)


class ChangePassword(graphene.Mutation):
    class Arguments:
        old_password = graphene.String(required=True)
        new_password = graphene.String(required=True)

    ok = graphene.Boolean()

    @login_required
    def mutate(self, info, old_password, new_password):
        user = info.context.user
        if not user.check_password(old_password):
            raise GraphQLError("oldPassword: This is not your password.")
        check_password(new_password)
        user.set_password(new_password)
        user.save()
        return ChangePassword(ok=True)
