"""Values of arguments and directives in a random query: written out, or as variables."""

from dataclasses import dataclass, field
from typing import Any

from graphql import get_named_type

from tests.model.choices import Choices
from tests.model.literals import Variable, literal


@dataclass(slots=True)
class Values:
    """Writes values, and keeps the variables that it makes."""

    choices: Choices
    variables: dict[str, object] = field(default_factory=dict)
    declarations: list[str] = field(default_factory=list)

    @property
    def declared(self) -> str:
        return f"({', '.join(self.declarations)})" if self.declarations else ""

    def value(self, value: Any, type_: Any) -> str:
        """A value as a literal, as a variable, or as an object with variables in it."""
        if self.choices.chance(4):
            return literal(self.variable(value, str(type_)))
        named = get_named_type(type_)
        if isinstance(value, dict) and self.choices.chance(3):
            types = {key: str(named.fields[key].type) for key in value}
            one_of = "!" if getattr(named, "is_one_of", False) else ""
            return literal({key: self.variable(one, types[key] + one_of) for key, one in value.items()})
        return literal(value)

    def variable(self, value: Any, type_: str) -> Variable:
        name = f"v{len(self.declarations)}"
        if value is not None and self.choices.chance(4):
            self.declarations.append(f"${name}: {type_} = {literal(value)}")
        else:
            self.declarations.append(f"${name}: {type_}")
            self.variables[name] = value
        return Variable(name)

    def directives(self) -> str:
        if not self.choices.chance(10):
            return ""
        condition = self.value(self.choices.chance(2), "Boolean!")
        return f" @{self.choices.pick(('include', 'skip'))}(if: {condition})"
