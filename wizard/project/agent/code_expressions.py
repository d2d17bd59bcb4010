"""What is known of the values in a function: what the visitor sent, forms, models and their rows."""

import ast
import builtins
import inspect

from .code_results import Row, related
from .code_values import BAGS, JSON, Bag, Read, called_name, constant, key_of
from .pretended import user_model
from .purposes import is_model

CONVERSIONS = {
    "int": "integer", "float": "float", "Decimal": "decimal", "UUID": "uuid", "parse_date": "date",
    "parse_datetime": "datetime", "parse_time": "time", "fromisoformat": "date", "strptime": "date", "bool": "boolean",
    "validate_email": "email",
}  # fmt: skip
"""Functions that read a text, and the kind of the text."""
SHORTCUTS = {"get_object_or_404", "aget_object_or_404", "get_list_or_404"}
ONE, MANY = {"get", "aget", "first", "last", "afirst"}, {"all", "filter", "order_by", "exclude", "values", "annotate"}
CREATES = {"create", "acreate", "get_or_create", "update_or_create", "create_user", "acreate_user"}
FACTORIES = {"formset_factory", "modelformset_factory", "inlineformset_factory", "modelform_factory"}
SAME = {"copy", "dict", "strip", "lower", "upper", "decode", "split"}
"""Methods whose result is what they are called on."""
REQUEST = "the request"


class Values:
    """The known values of expressions in a function.

    Arguments:
        names: the variables of its module.
        values: its own variables: name -> a bag, a read, a row, a class or REQUEST. A model's class also stands for a
            query of its rows.
        cls: the class whose method it is, or None.
        results: where what the visitor sent is collected.
    """

    def __init__(self, names, values, cls, results):
        self.names, self.values, self.cls, self.results = names, values, cls, results

    def value(self, node):
        """What is known of an expression: a bag, a read, REQUEST, a class, a function or a module. Else None."""
        if isinstance(node, ast.Name):
            if node.id in self.values:
                return self.values[node.id]
            return self.names.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Subscript):
            owner = self.value(node.value)
            return Row(owner) if is_model(owner) else self.entry(owner, key_of(node), True)
        if isinstance(node, ast.Call):
            return self.call_value(node)
        if isinstance(node, ast.BoolOp):
            found = [self.value(each) for each in node.values]
            return next((each for each in found if each is not None), None)
        if isinstance(node, (ast.Await, ast.Starred, ast.NamedExpr)):
            return self.value(node.value)
        if isinstance(node, ast.IfExp):
            return self.value(node.body) or self.value(node.orelse)
        return None

    def attribute(self, node):
        owner = self.value(node.value)
        if owner is REQUEST and node.attr == "user":
            self.results.uses_account = True
            return Row(user_model())
        if owner is REQUEST:
            return self.results.bag(BAGS[node.attr]) if node.attr in BAGS else None
        if isinstance(owner, Row):
            return related(owner.model, node.attr)
        if owner is self.cls and owner is not None and node.attr == "request":
            return REQUEST
        of_graphql = node.attr == "context" and getattr(node.value, "id", "") == "info"
        if of_graphql or (owner is REQUEST and node.attr == "request"):
            return REQUEST
        if inspect.ismodule(owner):
            return getattr(owner, node.attr, None)
        if isinstance(owner, type) and not is_model(owner):
            return getattr(owner, node.attr, None)
        return None

    def entry(self, owner, name, required):
        """The value of the key *name* in a bag or in a read dictionary."""
        if isinstance(owner, Read) and not isinstance(name, str):
            return owner.bag(many=True) if name is None else owner
        if isinstance(owner, Read):
            owner = owner.bag()
        if not isinstance(owner, Bag) or not isinstance(name, str):
            return None
        found = owner.read(name)
        if required and found.required is None:
            found.required = True
        return found

    def call_value(self, node):
        name = called_name(node)
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if isinstance(owner, (Bag, Read)) and name in {"get", "getlist", "pop", "get_all"} and node.args:
                found = self.entry(owner, constant(node.args[0]), False)
                if isinstance(found, Read):
                    found.many = found.many or name == "getlist"
                    default = len(node.args) > 1 or bool(node.keywords)
                    if default and found.required is None and constant(node.args[-1]) not in ("", None):
                        found.required = False
                return found
            if isinstance(owner, (Bag, Read)) and name in {
                "copy",
                "dict",
                "strip",
                "lower",
                "upper",
                "decode",
                "split",
            }:
                return owner
        if name in {"loads", "parse"} and node.args:
            found = self.value(node.args[0])
            return self.results.bag(JSON) if found is REQUEST or isinstance(found, Bag) else found
        if name in {"str", "list", "dict", "set", "escape", *CONVERSIONS} and node.args:
            return self.value(node.args[0])
        if name == "get_user_model":
            return user_model()
        if name in FACTORIES:
            return self.made_class(node)
        if name in SHORTCUTS | ONE | CREATES:
            model = self.model_of(node)
            return Row(model) if model is not None else None
        if name in MANY:
            return self.model_of(node)
        made = self.value(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        return Row(made, new=True) if is_model(made) else None

    def made_class(self, node):
        """The class that a call of a form factory makes."""
        try:
            arguments = [self.literal(each) for each in node.args]
            keywords = {each.arg: self.literal(each.value) for each in node.keywords if each.arg}
            return self.value(node.func)(*arguments, **keywords)
        except Exception:
            return None

    def literal(self, node):
        found = self.value(node)
        return ast.literal_eval(node) if found is None else found

    def model_of(self, node):
        """The model in `Model.objects.get(…)`, `get_object_or_404(Model, …)` or `Model(…)`. None without one."""
        if called_name(node) in SHORTCUTS and node.args:
            node = node.args[0]
        while isinstance(node, (ast.Call, ast.Attribute)):
            if isinstance(node, ast.Attribute):
                found = self.value(node)
                if is_model(found):
                    return found
            node = node.func if isinstance(node, ast.Call) else node.value
        found = self.value(node)
        return found if is_model(found) else None
