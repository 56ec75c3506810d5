"""What an expression of PromQL takes for granted: metrics, labels on them and values of those, read off its tree."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as promql

Labels = frozenset[str]
NONE: Labels = frozenset()
KEEPING = {"topk", "bottomk", "limitk"}  # aggregations that hand on series as they are
AROUND_ONE = (promql.ParenExpr, promql.SubqueryExpr, promql.UnaryExpr)
SET_OPERATIONS = {"and", "unless"}
OPERATORS = (
    (promql.MatchOp.Equal, "="),
    (promql.MatchOp.NotEqual, "!="),
    (promql.MatchOp.Re, "=~"),
    (promql.MatchOp.NotRe, "!~"),
)


class LostLabelError(ValueError):
    """A label is asked for above something that does not let it through."""


@dataclass(frozen=True, order=True)
class Matcher:
    """One comparison with a label; `operator` is =, !=, =~ or !~."""

    label: str
    operator: str
    value: str

    @property
    def selects(self) -> bool:
        """Whether it wants a value, and does not only leave some out."""
        return self.operator in ("=", "=~") and bool(self.value)


@dataclass(frozen=True)
class Need:
    """A selector: the metric, its matchers, and the labels that the expression around it uses."""

    metric: str
    matchers: tuple[Matcher, ...]
    labels: Labels

    def __str__(self) -> str:
        inside = ", ".join(f'{each.label}{each.operator}"{each.value}"' for each in self.matchers)
        return f"{self.metric}{{{inside}}} with the labels {', '.join(sorted(self.labels)) or 'that it has'}"


@dataclass(frozen=True)
class Recorded:
    """A recording rule: its expression, and the labels that it adds."""

    expr: str
    labels: Labels = NONE


def needs(expr: str, wanted: Iterable[str] = (), recorded: Mapping[str, Recorded] | None = None) -> tuple[Need, ...]:
    """Every selector of an expression whose answer is used with the labels `wanted`.

    Raises:
        LostLabelError: a label that is used further up does not come through, as `x` in `sum by (x) (sum by (y) (m))`.
    """
    reader = _Reader(recorded or {})
    return tuple(dict.fromkeys(reader.read(promql.parse(expr), frozenset(wanted))))


@dataclass(frozen=True)
class _Reader:
    recorded: Mapping[str, Recorded]

    def read(self, node: Any, wanted: Labels) -> Iterator[Need]:
        """The needs of a part of the tree whose answer is used with the labels `wanted`."""
        known: dict[type, Callable[[Any, Labels], Iterator[Need]]] = {
            promql.VectorSelector: self._selector,
            promql.AggregateExpr: self._aggregation,
            promql.BinaryExpr: self._binary,
            promql.Call: self._call,
            promql.MatrixSelector: lambda node, labels: self._selector(node.vector_selector, labels),
        }
        if read := known.get(type(node)):
            yield from read(node, wanted)
        elif isinstance(node, AROUND_ONE):
            yield from self.read(node.expr, wanted)

    def _selector(self, node: Any, wanted: Labels) -> Iterator[Need]:
        matchers = tuple(sorted(_matcher(each) for each in node.matchers.matchers))
        of_labels = tuple(each for each in matchers if each.label != "__name__")
        for name in [node.name] if node.name else _names(matchers):
            rule = self.recorded.get(name)
            if rule is None:
                yield Need(name, of_labels, wanted)
            else:
                named = {each.label for each in of_labels}
                yield from self.read(promql.parse(rule.expr), (wanted | named) - rule.labels)

    def _aggregation(self, node: Any, wanted: Labels) -> Iterator[Need]:
        """What is grouped by has to be there; what is neither is lost, except where series are picked, not added up."""
        modifier = node.modifier
        given = NONE if modifier is None else frozenset(modifier.labels)
        without = modifier is not None and modifier.type == promql.AggModifierType.Without
        if str(node.op) == "count_values":
            wanted -= {node.param.val}
        if str(node.op) in KEEPING:
            below = wanted | (NONE if without else given)
        else:
            _let_through(
                node, wanted, (lambda label: label not in given) if without else (lambda label: label in given)
            )
            below = wanted if without else given
        yield from self.read(node.expr, below)

    def _binary(self, node: Any, wanted: Labels) -> Iterator[Need]:
        matching: Any = node.modifier.matching if node.modifier else None
        on = bool(matching) and matching.type == promql.LabelModifierType.Include
        shared = frozenset(matching.labels) if on else NONE
        if str(node.op) == "or":
            left = right = wanted | shared
        elif str(node.op) in SET_OPERATIONS:
            left, right = wanted | shared, shared
        else:
            left, right = _arithmetic(node, wanted, shared, on=on)
        yield from self.read(node.lhs, left)
        yield from self.read(node.rhs, right)

    def _call(self, node: Any, wanted: Labels) -> Iterator[Need]:
        name, strings = node.func.name, [each.val for each in node.args if isinstance(each, promql.StringLiteral)]
        below = wanted
        if name == "histogram_quantile":
            below = wanted | {"le"}
        elif name == "label_replace":
            below = (wanted - {strings[0]}) | {strings[2]}
        elif name == "label_join":
            below = (wanted - {strings[0]}) | frozenset(strings[2:])
        elif name in ("absent", "absent_over_time"):
            (inner,) = node.args
            made = {each.label for need in self.read(inner, NONE) for each in need.matchers if each.operator == "="}
            _let_through(node, wanted, made.__contains__)
            below = NONE
        for each in node.args:
            yield from self.read(each, below)


def _arithmetic(node: Any, wanted: Labels, shared: Labels, *, on: bool) -> tuple[Labels, Labels]:
    """What is wanted of both sides: of one for many (`group_left`) those of the many stay."""
    many, one = promql.VectorMatchCardinality.ManyToOne, promql.VectorMatchCardinality.OneToMany
    card = node.modifier.card if node.modifier else None
    brought = frozenset(node.modifier.group_labels or ()) if node.modifier else NONE
    if card == many:
        return (wanted - brought) | shared, brought | shared
    if card == one:
        return brought | shared, (wanted - brought) | shared
    scalars = [isinstance(_bare(side), promql.NumberLiteral) for side in (node.lhs, node.rhs)]
    if on and not any(scalars):
        _let_through(node, wanted, lambda label: label in shared)
    return wanted | shared, wanted | shared


def _bare(node: Any) -> Any:
    return _bare(node.expr) if isinstance(node, promql.ParenExpr) else node


def _let_through(node: Any, wanted: Labels, passes: Callable[[str], bool]) -> None:
    lost = sorted(label for label in wanted if not passes(label))
    if lost:
        raise LostLabelError(f"the label {', '.join(lost)} is used, and does not come through: {node}")


def _names(matchers: Iterable[Matcher]) -> list[str]:
    """Of a selector without a name before its braces: one name, or several between bars."""
    return next(each.value for each in matchers if each.label == "__name__").split("|")


def _matcher(each: Any) -> Matcher:
    return Matcher(each.name, next(sign for kind, sign in OPERATORS if kind == each.op), each.value)
