"""Read the functions of views: what they take from a request, which forms they fill, and what they do with models."""

import ast
import builtins
import inspect

from .code_results import FormUse, Results, Row, learn_field, learn_reference, related
from .code_values import (
    BAGS,
    JSON,
    Bag,
    Read,
    asked_methods,
    called_name,
    constant,
    ends,
    is_own,
    key_of,
    node_of,
)
from .form_inputs import is_form, is_serializer
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
PAGES = {"render", "render_to_string", "TemplateResponse", "get_template", "render_to_response", "select_template"}
SAME = {"copy", "dict", "strip", "lower", "upper", "decode", "split"}
"""Methods whose result is what they are called on."""
REQUEST = "the request"


class Reading(ast.NodeVisitor):
    """What the code of a view's function does, and with `follow` the helpers that get its request.

    Arguments:
        function: the function, or a method of *cls*.
        values: its variables that are known: name -> a bag, a read, a model's class, or REQUEST.
        method: the HTTP method of the request, if only what the code does for this one counts.
    """

    def __init__(self, function, cls=None, values=None, results=None, depth=1, method=""):
        self.function, self.cls, self.depth, self.method = function, cls, depth, method
        self.names = getattr(function, "__globals__", {})
        self.values = dict(values or {})
        self.results = results or Results()
        self.parameters = set()

    def read(self, bound=True):
        """Read the function. With *bound*, its first parameters are `self` of a method and the request."""
        node = node_of(self.function)
        if node is None or (self.function.__code__ in self.results.seen):
            return self.results
        self.results.seen.add(self.function.__code__)
        names = [each.arg for each in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
        if bound:
            if self.cls is not None and names[:1] in (["self"], ["cls"]):
                self.values[names.pop(0)] = self.cls
            if names and (self.cls is None or names[0] in {"request", "req", "_request"}):
                self.values[names.pop(0)] = REQUEST
            self.parameters = set(names)
        for statement in node.body:
            self.visit(statement)
            if self.results.returned and bound:
                break  # what follows is for other methods
        return self.results

    # ---- values of expressions

    def value(self, node):
        """What is known of an expression: a bag, a read, REQUEST, a class, a function or a module. Else None."""
        if isinstance(node, ast.Name):
            if node.id in self.values:
                return self.values[node.id]
            return self.names.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Subscript):
            return self.entry(self.value(node.value), key_of(node), True)
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
        made = self.value(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        return Row(made) if is_model(made) else None

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

    # ---- statements

    def visit_Assign(self, node):
        self.visit(node.value)
        found = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.values[target.id] = found
            elif isinstance(target, ast.Attribute):
                self.assigned(target, found)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit_Assign(ast.Assign([node.target], node.value))

    def visit_NamedExpr(self, node):
        self.visit_Assign(ast.Assign([node.target], node.value))

    def assigned(self, target, found):
        """Learn from `book.title = request.POST["title"]`."""
        row = self.value(target.value)
        if isinstance(row, Row) and isinstance(found, Read):
            self.results.changed.append(row.model)
            learn_field(found, row.model, target.attr)

    def visit_ImportFrom(self, node):
        """Imports inside of the function."""
        import importlib

        package = self.names.get("__package__") or ""
        try:
            module = importlib.import_module("." * node.level + (node.module or ""), package)
        except Exception:
            return
        for name in node.names:
            self.values[name.asname or name.name] = getattr(module, name.name, None)

    def visit_For(self, node):
        self.visit(node.iter)
        found = self.value(node.iter)
        if isinstance(node.target, ast.Name):
            self.values[node.target.id] = found.bag(many=True) if isinstance(found, Read) else None
        for each in node.body + node.orelse:
            self.visit(each)
        if isinstance(found, Read) and not found.inner.reads:
            found.inner = None  # a list of plain values

    def visit_AsyncFor(self, node):
        self.visit_For(node)

    def visit_If(self, node):
        self.results.guards.append((ast.dump(node.test)[:600], ends(node.body)))
        asked = asked_methods(node.test) if self.method else None
        if asked is None:
            self.generic_visit(node)
            return
        negated = isinstance(node.test.ops[0], (ast.NotEq, ast.NotIn))
        met = (self.method in asked) != negated
        for each in node.body if met else node.orelse:
            self.visit(each)
        if met and ends(node.body):
            self.results.returned = True

    def visit_Compare(self, node):
        sides = [node.left] + node.comparators
        found = [self.value(each) for each in sides]
        for index, each in enumerate(sides):
            others = found[:index] + found[index + 1 :]
            texts = [constant(item) for item in getattr(each, "elts", [each])]
            for other in others:
                if isinstance(other, Read) and all(isinstance(text, str) for text in texts):
                    for text in texts:
                        other.compared(text)
                if isinstance(other, Bag) and isinstance(node.ops[0], (ast.In, ast.NotIn)) and texts[:1] != [None]:
                    self.entry(other, texts[0], False)
        self.results.methods |= asked_methods(node) or set()
        self.generic_visit(node)

    def visit_Subscript(self, node):
        self.value(node)
        self.generic_visit(node)

    def visit_Call(self, node):
        self.generic_visit(node)
        name = called_name(node)
        self.results.calls.append(name)
        self.value(node)
        callee = self.value(node.func)
        if name in CONVERSIONS and node.args:
            found = self.value(node.args[0])
            if isinstance(found, Read):
                found.learn(kind=CONVERSIONS[name])
        if name in PAGES:
            texts = [constant(each) for each in node.args[:2]]
            self.results.templates += [each for each in texts if isinstance(each, str)]
        if name == "JsonResponse" or name == "Response":
            keys = getattr(node.args[0], "keys", ()) if node.args else ()
            self.results.outputs += [constant(key) for key in keys if key and isinstance(constant(key), str)]
        if getattr(callee, "__module__", "") == "django.contrib.auth":
            self.results.auth.add(name.lstrip("a") if name in {"alogin", "alogout"} else name)
        if is_form(callee) or is_serializer(callee):
            self.use_form(node, callee)
        elif inspect.isfunction(callee) and is_own(callee.__code__.co_filename):
            self.follow(node, callee)
        else:
            self.use_model(node, name, callee)

    def use_form(self, node, cls):
        given = {each.arg: each.value for each in node.keywords if each.arg}
        data = [given["data"]] if "data" in given else ([] if is_serializer(cls) else node.args[:1])
        bags = [self.value(each) for each in data]
        posted = "data" in given or any(isinstance(each, Bag) for each in bags)
        if any(isinstance(each, Bag) and each.source == "GET" for each in bags):
            posted = "get"
        changes = bool({"instance"} & set(given)) or (is_serializer(cls) and bool(node.args))
        many = constant(given["many"]) is True if "many" in given else False
        prefix = constant(given["prefix"]) if "prefix" in given else ""
        self.results.forms.append(FormUse(cls, posted, changes, prefix if isinstance(prefix, str) else "", many))

    def follow(self, node, callee):
        """Read a helper that gets the request or what was sent."""
        arguments = [(None, each) for each in node.args] + [(each.arg, each.value) for each in node.keywords]
        passed = [(name, self.value(each)) for name, each in arguments]
        if not self.depth or not any(each is REQUEST or isinstance(each, (Bag, Read)) for _, each in passed):
            return
        names = list(callee.__code__.co_varnames[: callee.__code__.co_argcount])
        method = bool(names) and names[0] == "self" and isinstance(node.func, ast.Attribute)
        values = {names.pop(0): self.cls} if method else {}
        values.update({name: value for name, (_, value) in zip(names, passed)})
        values.update({name: value for name, value in passed if name})
        Reading(callee, self.cls if method else None, values, self.results, self.depth - 1).read(bound=False)

    def use_model(self, node, name, callee):
        """Learn from `Model.objects.create(title=…)`, `get_object_or_404(Model, slug=slug)` and the like."""
        creating = name in CREATES or is_model(callee)
        model = callee if is_model(callee) else self.model_of(node)
        if model is None:
            return
        if creating:
            self.results.created.append(model)
        elif name in SHORTCUTS | ONE:
            self.results.shown.append((model, "one"))
        elif name in MANY:
            self.results.shown.append((model, "many"))
        named = list(zip(("username", "email", "password"), node.args)) if name.endswith("create_user") else []
        for each in node.keywords + [ast.keyword(key, value) for key, value in named]:
            found = self.value(each.value) if each.arg else None
            field = (each.arg or "").split("__exact")[0].split("__iexact")[0]
            if isinstance(each.value, ast.Name) and each.value.id in self.parameters:
                self.results.parameters.setdefault(each.value.id, (model, field))
            if isinstance(found, Read):
                if creating:
                    learn_field(found, model, field)
                elif name in SHORTCUTS | ONE and "__" not in field:
                    learn_reference(found, model, field)
