"""Read the functions of views: what they take from a request, which forms they fill, and what they do with models."""

import ast
import importlib
import inspect

from .code_expressions import CONVERSIONS, CREATES, MANY, ONE, REQUEST, SHORTCUTS, Values
from .code_results import FormUse, Results, Row, learn_field, learn_reference
from .code_values import Bag, Read, asked_methods, called_name, constant, ends, is_own, node_of, refuses
from .form_inputs import is_form, is_serializer
from .purposes import is_model

PAGES = {"render", "render_to_string", "TemplateResponse", "get_template", "render_to_response", "select_template"}


FLAGS = ("is_staff", "is_superuser", "is_authenticated", "is_anonymous", "has_perm")


def condition_of(test):
    """The syntax of a test as text. Empty if it lets visitors of a row pass beside staff.

    An example is `if book.owner != request.user and not request.user.is_staff`.
    """
    for each in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else ():
        text = ast.dump(each)
        if "'user'" in text and not any(flag in text for flag in FLAGS):
            return ""
    return ast.dump(test)[:600]


class Reading(Values, ast.NodeVisitor):
    """What the code of a view's function does, and with `follow` the helpers that get its request.

    Arguments:
        function: the function, or a method of *cls*.
        values: its variables that are known: name -> a bag, a read, a model's class, or REQUEST.
        method: the HTTP method of the request, if only what the code does for this one counts.
    """

    def __init__(self, function, cls=None, values=None, results=None, depth=1, method=""):
        super().__init__(getattr(function, "__globals__", {}), dict(values or {}), cls, results or Results())
        self.function, self.depth, self.method = function, depth, method
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
            row = Row(found) if is_model(found) else None
            self.values[node.target.id] = found.bag(many=True) if isinstance(found, Read) else row
        for each in node.body + node.orelse:
            self.visit(each)
        if isinstance(found, Read) and not found.inner.reads:
            found.inner = None  # a list of plain values

    def visit_AsyncFor(self, node):
        self.visit_For(node)

    def visit_If(self, node):
        self.results.guards.append((condition_of(node.test), ends(node.body), refuses(node.body), refuses(node.orelse)))
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
        row = self.value(given["instance"]) if "instance" in given else None
        changes = "instance" in given and not (isinstance(row, Row) and row.new)
        changes = changes or (is_serializer(cls) and bool(node.args))
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
        if name in {"delete", "adelete"} and isinstance(node.func, ast.Attribute):
            deleted = self.value(node.func.value)
            model = deleted.model if isinstance(deleted, Row) else model
            self.results.deleted += [model] if model is not None else []
            return
        if name in {"add", "remove", "set", "clear"} and isinstance(node.func, ast.Attribute):
            self.results.relates = self.results.relates or is_model(self.value(node.func.value))
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
