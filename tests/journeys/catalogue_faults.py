"""Faults of the catalogue: GraphQL by graphene-django, with tokens of django-graphql-jwt."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

MUTATIONS, SCHEMA, ACCOUNTS = "items/mutations.py", "items/schema.py", "items/accounts.py"
CREATE, UPDATE, DELETE = (
    "    @login_required\n    def mutate(self, info, " + rest for rest in ("input", "id, input", "id)")
)
CREATED = "        item = Item(owner=info.context.user, **input)\n        item.save()\n"
OWN = "        item = own_item(info.context.user, id)\n"

FAULTS = [
    Planted("a new item is not saved", replace(MUTATIONS, CREATED, CREATED.replace("item.save()", "item.pk = 0")), {"create"}, ["item"]),
    Planted(
        "a new item is saved twice",
        replace(MUTATIONS, CREATED, CREATED + "        Item.objects.create(owner=info.context.user, **input)\n"),
        {"create"}, ["item"],
    ),
    Planted(
        "anonymous visitors create items",
        every(
            replace(MUTATIONS, CREATE + "):", CREATE.replace("    @login_required\n", "") + "):"),
            replace(MUTATIONS, "Item(owner=info.context.user,", "Item(owner_id=info.context.user.pk or 1,"),
        ),
        {"hole"}, ["item"],
    ),
    Planted(
        "items of others can be changed",
        replace(MUTATIONS, OWN + "        for", "        item = Item.objects.get(pk=id)\n        for"),
        {"hole"}, ["item"],
    ),
    Planted(
        "items of others can be deleted",
        replace(MUTATIONS, OWN + "        item.delete", "        item = Item.objects.get(pk=id)\n        item.delete"),
        {"hole"}, ["item"],
    ),
    Planted(
        "anonymous visitors delete items",
        every(
            replace(MUTATIONS, DELETE, DELETE.replace("    @login_required\n", "")),
            replace(MUTATIONS, OWN + "        item.delete", "        item = Item.objects.get(pk=id)\n        item.delete"),
        ),
        {"hole"}, ["item"],
    ),
    Planted("deleting an item deletes nothing", replace(MUTATIONS, "        item.delete()\n", ""), {"delete"}, ["item"]),
    Planted(
        "a change goes to the owner's first item",
        replace(MUTATIONS, "            setattr(item, name, value)\n        item.save()\n",
                '            setattr(item, name, value)\n        item.pk = info.context.user.items.earliest("pk").pk\n'
                "        item.code = info.context.user.items.get(pk=item.pk).code\n        item.save()\n"),
        {"update"}, ["item"],
    ),
    Planted(
        "an error while changing an item is swallowed",
        replace(MUTATIONS, "            setattr(item, name, value)\n        item.save()\n",
                "            setattr(item, name, value)\n        try:\n            item.save(fields=input)\n"
                "        except TypeError:\n            pass\n"),
        {"update"}, ["item"],
    ),
    Planted(
        "a description is cut off",
        replace(MUTATIONS, CREATED, CREATED.replace("        item.save", "        item.description = item.description[:10]\n        item.save")),
        {"create"}, ["description"],
    ),
    Planted(
        "the price is dropped",
        replace(MUTATIONS, CREATED, CREATED.replace("        item.save", "        item.price *= 0\n        item.save")),
        {"create"}, ["price"],
    ),
    Planted(
        "a favourite is not saved",
        replace(MUTATIONS, "favourite, _ = Favourite.objects.get_or_create(user=info.context.user, item_id=item_id)",
                "favourite = Favourite(pk=1, user=info.context.user, item_id=item_id)"),
        {"create", "other"}, ["favourite"],
    ),
    Planted(
        "my favourites are everybody's favourites",
        replace(SCHEMA, "Favourite.objects.filter(user=info.context.user)", "Favourite.objects.all()"),
        {"hole", "list"}, ["favourite"],
    ),
    Planted(
        "my items are everybody's items",
        replace(SCHEMA, "Item.objects.filter(owner=info.context.user)", "Item.objects.all()"),
        {"hole", "list"}, ["item"],
    ),
    Planted(
        "any password is accepted",
        replace(ACCOUNTS, "authenticate(info.context, username=username, password=password)",
                "User.objects.filter(username=username).first()"),
        {"login", "hole"}, ["password"],
    ),
    Planted(
        "a new user cannot log in",
        replace(ACCOUNTS, "User.objects.create_user(username, email, password)",
                "User.objects.create(username=username, email=email, password=password)"),
        {"signup", "login"},
    ),
    Planted(
        "anonymous visitors create categories",
        replace(MUTATIONS, "    @staff_member_required\n", ""),
        {"hole"}, ["categor"],
    ),
    Planted(
        "the empty list raises an error",
        replace(SCHEMA, "        return items[skip : skip + first]\n",
                "        info.context.newest = items[0].created\n        return items[skip : skip + first]\n"),
        {"list", "other"}, ["item"],
    ),
    Planted(
        "the list misses the newest item",
        replace(SCHEMA, "items[skip : skip + first]", "items[skip + 1 : skip + first]"),
        {"list", "create"}, ["item"],
    ),
    Planted("the search finds nothing", replace(SCHEMA, "name__icontains=search", "code=search"), {"search"}),
    Planted(
        "the second visitor cannot create an item",
        replace(MUTATIONS, CREATED, CREATED.replace("**input)", 'code=f"I-{info.context.user.items.count() + 1}", **input)')),
        {"create", "hole"}, ["item"],
    ),
    Planted(
        "a name outside ASCII raises an error",
        replace(MUTATIONS, CREATED, CREATED.replace("        item.save", '        input.name.encode("ascii")\n        item.save')),
        {"create"}, ["item"],
    ),
    Planted(
        "an item's code is too long for PostgreSQL",
        replace("items/models.py", "secrets.token_hex(4)", "secrets.token_hex(8)"),
        {"create"}, ["item"], postgres=True,
    ),
]  # fmt: skip
