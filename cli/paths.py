from rich.console import Console
from rich.table import Table

from gql.executor.paths import paths as paths_of
from gql.schema import build_schema


def paths() -> None:
    """Print by which path the compiled executor runs each field of the schema.

    A column, a computed field, a relation and what is loaded run for all rows of a level at once, and what is looked up
    is one row or page, by the arguments; a resolver is called for each row. What describes the schema itself
    (`__schema`, `__type`) is left to graphql-core.
    """
    table = Table("Field", "Path", box=None)
    for name, path in paths_of(build_schema()._schema):  # noqa: SLF001 - graphql-core's, which Strawberry builds
        table.add_row(name, path.value)
    Console().print(table)
