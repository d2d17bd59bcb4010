"""What the agent finds out about views of libraries: accounts, django-ninja, GraphQL and OpenAPI."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import installer, made_once, make_environment
from tests.project.surfaces import SAMPLES, Inspected, line_of

pytestmark = pytest.mark.nightly
PACKAGES = (
    "Django==5.2.*", "djangorestframework", "djangorestframework-simplejwt", "dj-rest-auth", "django-allauth[headless]",
    "djoser", "django-rest-knox", "django-ninja", "graphene-django", "strawberry-graphql-django", "drf-spectacular",
)  # fmt: skip


@pytest.fixture(scope="session")
def libraries(tmp_path_factory):
    """The interpreter of an environment with all these libraries."""
    with made_once(tmp_path_factory, "surface-libraries") as (venv, missing):
        if missing:
            make_environment(sys.executable, venv)
            subprocess.run([*installer(venv / "bin/python"), *PACKAGES], check=True)
    return str(venv / "bin/python")


@pytest.fixture(scope="module")
def accounts(libraries, tmp_path_factory):
    with Inspected(SAMPLES / "accounts", libraries, tmp_path_factory.mktemp("accounts")) as inspected:
        return inspected.surface


@pytest.fixture(scope="module")
def graphs(libraries, tmp_path_factory):
    with Inspected(SAMPLES / "graphs", libraries, tmp_path_factory.mktemp("graphs")) as inspected:
        return inspected.surface


ACCOUNTS = {
    ("jwt/", "post"): "login - nobody | json username password:password",
    ("jwt/blacklist/", "post"): "logout - nobody | json refresh",
    ("djoser/^users/$", "create"): "signup auth.User nobody | json email?:email username password:password",
    ("djoser/^users/reset_password/$", "reset_password"): "reset auth.User nobody | json email:email",
    ("djoser/^users/set_password/$", "set_password"): "password auth.User login | json new_password:password "
    "current_password:password",
    ("djoser/^token/login/?$", "post"): "login - nobody | json password?:password username?",
    ("djoser/^token/logout/?$", "post"): "logout - login | json",
    ("knox/logout/", "post"): "logout - login | json",
    ("dj/login/?$", "post"): "login - nobody | json username? email?:email password:password",
    ("dj/logout/?$", "post"): "logout - nobody | json",
    ("dj/password/change/?$", "post"): "password - login | json new_password1:password new_password2:password",
    ("dj/registration/", "post"): "signup - nobody | json username email:email password1:password password2:password",
    ("accounts/login/", "get"): "login - nobody | form login:email password:password remember?:boolean",
    ("accounts/signup/", "get"): "signup - nobody | form email:email password1:password password2:password",
    ("accounts/logout/", "get"): "logout - nobody | form",
    ("accounts/password/reset/", "get"): "reset - nobody | form email:email",
    ("accounts/3rdparty/signup/", "get"): "- - nobody | form username email:email",
    ("_allauth/app/v1/auth/login", "post"): "login - nobody | json email:email password:password",
    ("_allauth/app/v1/auth/signup", "post"): "signup - nobody | json email:email password:password",
    ("_allauth/app/v1/auth/session", "delete"): "logout - login | json",
    ("_allauth/app/v1/account/password/change", "post"): "password - login | json current_password?:password "
    "new_password:password",
    ("quote/", "post"): "- - nobody | json weight:decimal country:choice express?:boolean",
}


@pytest.mark.parametrize(("route", "action"), ACCOUNTS)
def test_the_views_of_accounts_have_roles_and_inputs(accounts, route, action):
    [view] = [view for view in accounts.views if view.url.route == route and action in (view.action, view.methods[0])]
    assert line_of(view) == ACCOUNTS[route, action]


def test_a_library_is_named_and_causes_no_problem(accounts):
    libraries = {view.library for view in accounts.views}
    assert {"", "allauth", "dj_rest_auth", "djoser", "knox", "rest_framework_simplejwt"} <= libraries
    assert accounts.problems == ()


GRAPHS = {
    ("api/token", "login"): "login - nobody | json username password:password",
    ("api/register", "register"): "signup auth.User nobody | json username email:email password:password",
    ("api/books", "list_books"): "list library.Book nobody",
    ("api/books", "create_book"): "create library.Book login | json title author_id:reference(library.Author) "
    "price:decimal tags[]? note?",
    ("api/books/<book_id>", "get_book"): "detail library.Book login book_id=pk",
    ("api/books/<book_id>", "update_book"): "update library.Book login book_id=pk | json title "
    "author_id:reference(library.Author) price:decimal tags[]? note?",
    ("api/books/<book_id>", "delete_book"): "delete library.Book login book_id=pk",
    ("api/files/upload", "upload"): "upload library.Upload login | multipart file:file title?",
    ("api/files/contact", "contact"): "- - login | form email:email text",
    ("graphql/", "books"): "list library.Book nobody | graphql q?",
    ("graphql/", "book"): "detail library.Book nobody | graphql id:reference(library.Book)",
    ("graphql/", "createBook"): "create library.Book login | graphql input:object{title "
    "authorId:reference(library.Author) price?:decimal}",
    ("graphql/", "deleteBook"): "delete library.Book nobody | graphql id:reference(library.Book)",
    ("s/", "books"): "list library.Book nobody | graphql",
    ("s/", "createBook"): "create library.Book nobody | graphql data:object{title "
    "author:object{set?:reference(library.Author)}}",
    ("s/", "addAuthor"): "create library.Author login | graphql name kind:choice",
    ("s/", "renameAuthor"): "- library.Author nobody | graphql data:object{"
    "id:reference(library.Author.global:AuthorNode) name}",
}


@pytest.mark.parametrize(("route", "action"), GRAPHS)
def test_operations_of_ninja_and_fields_of_graphql_are_views(graphs, route, action):
    [view] = [view for view in graphs.views if view.url.route == route and view.action == action]
    assert line_of(view) == GRAPHS[route, action]


def test_graphql_has_types_and_the_paths_of_what_can_be_asked_for(graphs):
    [create] = [view for view in graphs.views if (view.url.route, view.action) == ("graphql/", "createBook")]
    [given] = create.forms[0].inputs
    assert (given.type, given.inputs[0].type, given.inputs[0].longest) == ("BookInput!", "String!", 80)
    assert create.outputs == ("ok", "book.id", "book.title", "book.price")
    assert create.where == "library/gql.py:31"


def test_a_union_tells_what_each_of_its_types_has_and_ids_of_relay_are_global(graphs):
    [rename] = [view for view in graphs.views if view.action == "renameAuthor"]
    assert rename.outputs[:3] == ("__typename", "@AuthorNode.id", "@AuthorNode.name")
    assert "@OperationInfo.messages.message" in rename.outputs
    [data] = rename.forms[0].inputs
    assert data.inputs[0].lookup == "global:AuthorNode"
