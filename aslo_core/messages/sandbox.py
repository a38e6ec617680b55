"""Jinja's sandbox, in which each step and each value that a template makes counts.

Operators and calls are intercepted where the sandbox provides for it; what it does not see (rounds of loops, constant text,
literals, `~`) is given to filters that no template can name.
https://jinja.palletsprojects.com/en/stable/sandbox/#operator-intercepting
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from jinja2 import nodes, pass_context
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from aslo_core.messages.effort import LONGEST, Effort, TooMuch, formatted, operated, times, weight

_COUNTED, _WEIGHED, _JOINED = " counted", " weighed", " joined"
_FORMATS = ("format", "format_map")
_MULTIPLY = ("batch", "center", "indent", "join", "replace", "round", "slice", "tojson", "urlize", "wordwrap")

E = TypeVar("E", bound=nodes.Node)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """An environment whose templates are rendered by `bounded` alone.

    Args:
        filters: those beside Jinja's own.
        options: as of Jinja's `Environment`.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, filters: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(**options)
        self._of_thread = threading.local()
        del self.globals["lipsum"]  # filler text of any length
        self.filters = {name: self._counted(name, function) for name, function in {**self.filters, **filters}.items()}
        self.filters |= {_COUNTED: self._count, _WEIGHED: self._weigh, _JOINED: self._join}

    def bounded(self, name: str, values: Mapping[str, Any]) -> str:
        """Render a template.

        Raises:
            TooMuch: it makes too much, or what it gives is too long.
            Exception: whatever else a template may raise.
        """
        with self._counting():
            pieces, length = [], 0
            for piece in self.get_template(name).generate(values):
                pieces.append(piece)
                length += len(piece)
                if length > LONGEST:
                    raise TooMuch(f"it gives more than {LONGEST:,} characters")
            return "".join(pieces)

    def spend(self, amount: int = 0) -> None:
        """Take a step for the message that this thread makes.

        Raises:
            TooMuch: nothing is left for it.
        """
        self._of_thread.effort.spend(amount)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out an operator."""
        self.spend(operated(operator, left, right))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, called: Any, /, *args: Any, **named: Any) -> Any:
        """Call a macro, a method, or anything else."""
        owner = getattr(called, "__self__", None)
        given = (*args, *named.values())
        of_value = isinstance(owner, str | bytes | int)
        self.spend(max(weight(owner), 1) * max(1, *map(times, given)) if of_value and given else weight(given))
        made = super().call(context, called, *args, **named)
        self.spend(weight(made))
        return made

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Count what a text's `format` makes, which comes here before it is called."""
        form = super().wrap_str_format(value)
        if form is None:
            return None

        @wraps(form)
        def counted(*args: Any, **named: Any) -> str:
            self.spend(formatted(value.__self__, (*args, *named.values())))
            return form(*args, **named)

        return counted

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Counting().visit(super()._parse(source, name, filename))
        template.set_environment(self)
        return template

    @contextmanager
    def _counting(self) -> Iterator[None]:
        self._of_thread.effort = Effort()
        try:
            yield
        finally:
            del self._of_thread.effort

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        context_too = int(hasattr(function, "jinja_pass_arg"))

        @wraps(function)
        def counted(*args: Any, **named: Any) -> Any:
            value, given = args[context_too], (*args[context_too + 1 :], *named.values())
            if name == "format":
                self.spend(formatted(str(value), given))
            elif name in _MULTIPLY and given:
                self.spend(max(weight(value), 1) * max(1, *map(times, given)))
            else:
                self.spend(weight(value) + weight(given))
            made = function(*args, **named)
            self.spend(weight(made))
            return made

        return counted

    @pass_context
    def _count(self, _context: Context, amount: int) -> bool:
        self.spend(amount)
        return True

    @pass_context
    def _weigh(self, _context: Context, value: Any) -> Any:
        self.spend(weight(value))
        return value

    @pass_context
    def _join(self, context: Context, values: list[Any]) -> str:
        self.spend(weight(values))
        return markup_join(values) if context.eval_ctx.autoescape else str_join(values)


class _Counting(NodeTransformer):
    """Puts a step into all that may come about more than once, and weighs the values that no call, filter or operator makes."""

    def visit_Template(self, node: nodes.Template) -> nodes.Template:
        return self._in_steps(node)

    def visit_Block(self, node: nodes.Block) -> nodes.Block:
        return self._in_steps(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        return self._in_steps(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.CallBlock:
        return self._in_steps(node)

    def visit_For(self, node: nodes.For) -> nodes.For:
        if node.test is not None:
            node.test = nodes.And(_filtered(_COUNTED, nodes.Const(0), node), node.test, lineno=node.lineno)
        return self._in_steps(node)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        return self._weighed(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        return self._weighed(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        return self._weighed(node) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filtered(_JOINED, nodes.List(node.nodes, lineno=node.lineno), node)

    def _in_steps(self, node: E) -> E:
        """Let what is repeated begin with a step that counts the constant text in it."""
        self.generic_visit(node)
        body: list[nodes.Node] = node.body  # type: ignore[attr-defined] # as all of those above have
        constant = sum(len(text.data) for one in body for text in _texts(one))
        body.insert(0, nodes.ExprStmt(_filtered(_COUNTED, nodes.Const(constant), node), lineno=node.lineno))
        return node

    def _weighed(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        try:
            node.as_const()
        except nodes.Impossible:
            return _filtered(_WEIGHED, node, node)
        return node  # no larger than the template


def _filtered(name: str, value: nodes.Expr, place: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=place.lineno)


def _texts(node: nodes.Node) -> Iterator[nodes.TemplateData]:
    if isinstance(node, nodes.TemplateData):
        yield node
    yield from node.find_all(nodes.TemplateData)
