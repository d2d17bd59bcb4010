from django.contrib import admin
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView
from strawberry.django.views import GraphQLView as S
from library.api import api
from library.gql import schema
from library.straw import schema as s2

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("graphql/", csrf_exempt(GraphQLView.as_view(schema=schema))),
    path("s/", S.as_view(schema=s2)),
]
