"""What was found in the code of a view, and what its use of models tells about the values it reads."""

from .code_values import JSON, POST, Bag
from .form_inputs import model_field_input


class FormUse:
    """A form, formset or serializer that the code makes."""

    def __init__(self, cls, posted, changes, prefix, many=False):
        self.cls, self.posted, self.changes, self.prefix, self.many = cls, posted, changes, prefix, many


class Row:
    """A row of a model, in a variable. A new one was made by the code and not looked up."""

    def __init__(self, model, new=False):
        self.model, self.new = model, new


def related(model, name):
    """What an attribute of a row is: another row, or the model of the rows that a manager such as `choice_set` has."""
    if model is None:
        return None
    for field in model._meta.get_fields():
        accessor = getattr(field, "get_accessor_name", None)
        target = getattr(field, "related_model", None)
        if not isinstance(target, type):
            continue
        if accessor is not None and accessor() == name:
            return Row(target) if field.one_to_one else target
        if accessor is None and field.name == name:
            return target if field.many_to_many else Row(target)
    return None


class Results:
    """What was found in a view's function and its helpers."""

    def __init__(self):
        self.bags, self.forms, self.methods, self.templates, self.calls = {}, [], set(), [], []
        self.created, self.changed, self.shown, self.parameters, self.auth = [], [], [], {}, set()
        self.deleted, self.relates, self.uses_account = [], False, False
        self.guards, self.outputs, self.seen, self.returned = [], [], set(), False

    def bag(self, source):
        return self.bags.setdefault(source, Bag(source))

    def reads(self, *sources):
        return [each for source in sources if source in self.bags for each in self.bags[source].reads.values()]

    @property
    def posts(self):
        """Whether the code handles what a visitor sends."""
        return bool(set(self.bags) & {POST, "FILES", "data", JSON}) or "post" in self.methods


def learn_field(read, model, name):
    """Learn from the model's field that gets the value."""
    try:
        field = model._meta.get_field(name[:-3] if name.endswith("_id") else name)
    except Exception:
        return
    row = model_field_input(field)
    if row is not None:
        row.pop("label", None)
        row.pop("name")
        row.pop("initial", None)
        read.learn(**row)


def learn_reference(read, model, name):
    """Learn from a row that is looked up by the value."""
    keys = {"pk", "id", model._meta.pk.name}
    if name in keys:
        read.learn(kind="reference", model=model._meta.label)
        return
    try:
        field = model._meta.get_field(name)
    except Exception:
        return
    if field.unique and not any(word in name for word in ("mail", "user", "phone")):
        read.learn(kind="reference", model=model._meta.label, lookup=name)
