"""Values for the fields of a row that no visitor made, such as the category that a new product refers to."""

import base64
import contextlib
import datetime
import os
import re
import uuid

from .static_names import ADDRESS, file_name_for

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="
)
"""An image of one pixel."""
LONGEST = 4000
"""Characters of a text that are reported."""
MADE = {}
"""The keys of the rows that were made, by model and owner."""
BUILDING = []
"""The models of the row that is being made, and of those that refer to it. None of them gets a second row for these."""
DEPTH = 4
"""How far rows are made for rows that refer to them."""
SHOWN = re.compile(
    r"^(is_|has_)?(active|activated|approved|available|confirmed|enabled|in_stock|live|public|published|ready|verified|visible)$"
)
"""Names of flags without which a site shows no row."""
OFFERED = re.compile(r"^(allows?|accepts?|enables?)_|(^|_)(public|visible|available|shipping)(_|$)")
"""Names of flags without which a form does not offer a row, for example `is_shipping_country`."""
SHOWN_CHOICES = ("published", "publish", "public", "active", "approved", "available", "open", "live", "visible")
FUTURE = re.compile(r"end|expir|due|until|valid_to|deadline|close|return|checkout|check_out|event|start|depart|arriv")
"""Names of dates that lie in the future in a row that a site still shows."""


class Taken(Exception):
    """An account can have one row only, and has it."""


def fill_row(model, given, user, depth=0):
    """Save a row of *model* with the values *given*, and with made-up ones for all other fields.

    Rows that it refers to are made first. References to the user model get the primary key *user*, if that is given.
    """
    BUILDING.append(model)
    try:
        return _filled_row(model, given, user, depth)
    finally:
        BUILDING.pop()


def _filled_row(model, given, user, depth):
    row, many = model(), {}
    for field in model._meta.concrete_fields:
        if field.name in given or field.attname in given:
            assign(row, field, typed(field, given.get(field.name, given.get(field.attname))))
        elif not is_automatic(field):
            set_value(row, field, user, depth)
    for field in model._meta.many_to_many:
        if field.name in given:
            many[field.name] = given[field.name]
        elif depth < 2 and field.remote_field.through._meta.auto_created and field.related_model is not model:
            many[field.name] = [reference(field, user, depth)]
    adopt(row, given)
    save(row)
    MADE.setdefault((model, user), []).append(row.pk)
    for name, keys in many.items():
        getattr(row, name).set([key for key in keys if key is not None])
    return row


def adopt(row, given):
    """Let *row* replace the one that the project made by itself, such as the profile that it gives each new account."""
    model = type(row)
    for field in model._meta.concrete_fields:
        if not field.is_relation or not field.unique or field.primary_key or is_automatic(field):
            continue
        if field.name not in given and field.attname not in given and is_taken(field, getattr(row, field.attname)):
            row.pk = model._base_manager.get(**{field.attname: getattr(row, field.attname)}).pk
            row._state.adding = False


def is_taken(field, key):
    """Whether a row refers to *key* by *field*, which no other one can do then."""
    return key is not None and field.model._base_manager.filter(**{field.attname: key}).exists()


def save(row):
    """Save *row* as the project does, or without its own code if that fails, as where a queue is not running.

    Rows that the project's code expects in the database, such as a group for all accounts, are made first.
    """
    from django.core.exceptions import ObjectDoesNotExist
    from django.db import transaction

    model = type(row)
    if hasattr(model, "add_root") and hasattr(row, "depth"):  # a tree of django-treebeard
        model.add_root(instance=row)
        return
    try:
        try:
            with transaction.atomic():
                row.save()
        except ObjectDoesNotExist:
            with expected_rows(), transaction.atomic():
                row.save()
    except Exception:
        if model._meta.parents:
            raise
        model._base_manager.bulk_create([row])
        if row.pk is None:  # the database returns no keys of rows made in bulk
            row.pk = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()


@contextlib.contextmanager
def expected_rows():
    """Let `get(name="staff")` make the row that it does not find."""
    from django.db.models import QuerySet

    original = QuerySet.get

    def get(queryset, *conditions, **values):
        try:
            return original(queryset, *conditions, **values)
        except queryset.model.DoesNotExist:
            if conditions or not values or any("__" in name for name in values):
                raise
            given = {name: getattr(value, "pk", value) for name, value in values.items()}
            return fill_row(queryset.model, given, None)

    QuerySet.get = get
    try:
        yield
    finally:
        QuerySet.get = original


def is_automatic(field):
    """Whether Django itself fills *field*."""
    remote = getattr(field, "remote_field", None)
    return (
        (field.primary_key and (field.has_default() or field.get_internal_type().endswith("AutoField")))
        or bool(getattr(remote, "parent_link", False))
        or bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
        or bool(getattr(field, "generated", False))
    )


def typed(field, value):
    return field.target_field.to_python(value) if field.is_relation else field.to_python(value)


def set_value(row, field, user, depth):
    from django.db import Error

    if field.is_relation:
        if field.null and (depth >= 2 or field.related_model in BUILDING):
            return
        try:
            setattr(row, field.attname, reference(field, user, depth))
        except (Error, ValueError):
            if not field.null:
                raise
    elif is_file(field):
        from django.core.files.base import ContentFile

        getattr(row, field.name).save(uuid.uuid4().hex[:12] + ".png", ContentFile(PNG), save=False)
    else:
        value = made_up(field)
        if value is not None:
            assign(row, field, value)


def assign(row, field, value):
    """Set *field*. One that the project protects, as django-fsm does with a state, keeps its default."""
    try:
        setattr(row, field.attname, value)
    except AttributeError:
        if not field.has_default():
            raise


def is_file(field):
    from django.db.models import FileField

    return isinstance(field, FileField)


def reference(field, user, depth):
    """The key of a row that *field* can refer to: one that was made here, or a new one. A visitor's can be a draft.

    Where *user* can have one row only, and has it, the row is for a new account. The row that was asked for is not.

    Raises:
        Taken: *user* has the one row that was asked for.
    """
    from django.contrib.auth import get_user_model

    model = field.related_model
    if model is get_user_model() and user is not None:
        if not (field.unique and is_taken(field, user)):
            return user
        if depth == 0:
            raise Taken("the account %s has its %s" % (user, field.model._meta.verbose_name))
        user = None
    if depth >= DEPTH:
        raise ValueError("%s refers to too many other models" % field)
    limit = field.get_limit_choices_to()
    found = None
    if not field.unique:
        made = model._base_manager.filter(pk__in=MADE.get((model, user), []))
        made = the_one_of(model, user) or made
        found = (made.complex_filter(limit) if limit else made).order_by("-pk").first()
    row = found or fill_row(model, limit if isinstance(limit, dict) else {}, user, depth + 1)
    if user is not None and model._meta.label == "auth.Group" and hasattr(row, "user_set"):
        row.user_set.add(user)  # what belongs to a group is for its members
    target = getattr(field, "target_field", None)
    return getattr(row, target.attname) if target is not None and not field.many_to_many else row.pk


def the_one_of(model, user):
    """The row of *model* that the account *user* has, if it can have one only. None or an empty query without it."""
    from django.contrib.auth import get_user_model

    fields = [each for each in model._meta.concrete_fields if each.is_relation and each.unique]
    own = next((each for each in fields if each.related_model is get_user_model()), None)
    return model._base_manager.filter(**{own.attname: user}) if own and user is not None else None


def made_up(field):
    """A value for *field*. None to keep its default."""
    from django.db import models

    name = field.name.lower()
    if isinstance(field, models.BooleanField):
        return True if SHOWN.match(name) or OFFERED.search(name) else None
    if field.choices:
        return choice(field)
    if isinstance(field, (models.DateTimeField, models.DateField)):
        return moment(field, name)
    if field.has_default() and field.get_default() not in (None, "", 0):
        return None
    mark = uuid.uuid4().hex
    if isinstance(field, models.EmailField):
        return "golive-%s@example.com" % mark[:10]
    if isinstance(field, models.URLField):
        return "https://example.com/" + mark[:10]
    if isinstance(field, models.UUIDField):
        return uuid.UUID(mark)
    if isinstance(field, models.GenericIPAddressField):
        return "192.0.2.10"
    if isinstance(field, (models.CharField, models.TextField)):
        return text(field, name, mark)
    if isinstance(field, models.TimeField):
        return datetime.time(10, 30)
    if isinstance(field, models.DurationField):
        return datetime.timedelta(hours=1)
    if isinstance(field, (models.IntegerField, models.FloatField, models.DecimalField)):
        return number(field, mark)
    if isinstance(field, models.BinaryField):
        return b"golive"
    if isinstance(field, getattr(models, "JSONField", ())):
        return None if field.null or field.has_default() else {}
    return None


def choice(field):
    values = [value for value, _ in field.flatchoices if value not in (None, "")]
    by_name = [value for word in SHOWN_CHOICES for value in values if str(value).lower() == word]
    if by_name:
        return by_name[0]
    return None if field.has_default() or not values else values[0]


def text(field, name, mark):
    longest = field.max_length or 200
    if "phone" in name or "mobile" in name:
        return "+4930901820" + str(int(mark[:6], 16))[:4]
    if not field.unique and (known := file_name_for(field)) is not None:
        return known
    if ADDRESS.search(name) and longest >= 40:
        return "https://example.com/" + mark[:10]
    if "slug" in name or field.get_internal_type() == "SlugField":
        return ("golive-" + mark)[: min(longest, 20)]
    value = ("Golive %s %s" % (field.verbose_name, mark[:8]))[:longest]
    return mark[:longest] if longest < 12 or (field.unique and len(value) == longest) else value


def moment(field, name):
    """A date or time: yesterday, or in a month for one that lies ahead."""
    from django.conf import settings
    from django.db import models
    from django.utils import timezone

    if re.search(r"delet|cancel|archiv|remov|ban", name):
        return None
    days = 30 if FUTURE.search(name) else -1
    if isinstance(field, models.DateTimeField):
        now = timezone.now() if settings.USE_TZ else datetime.datetime.now()
        return now + datetime.timedelta(days=days)
    return datetime.date.today() + datetime.timedelta(days=days)


def number(field, mark):
    """A small number within the field's limits. A unique one is random."""
    limits = {type(each).__name__: each.limit_value for each in field.validators if hasattr(each, "limit_value")}
    lowest, highest = limits.get("MinValueValidator"), limits.get("MaxValueValidator")
    lowest, highest = (each() if callable(each) else each for each in (lowest, highest))
    value = int(mark[:6], 16) if field.unique else 5
    digits = getattr(field, "max_digits", None)
    if digits and value >= 10 ** (digits - field.decimal_places):
        value = 1
    if highest is not None and value > highest:
        value = highest
    return lowest if lowest is not None and value < lowest else value


def plain(value):
    """*value* of a field, as JSON can hold it."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in list(value)[:20]]
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in list(value.items())[:50]}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)[:100].hex()
    return os.fsdecode(getattr(value, "name", None) or "") if hasattr(value, "storage") else str(value)[:LONGEST]
