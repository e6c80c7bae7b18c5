import sys
from pathlib import Path
from typing import Annotated

import typer

from gql.schema import build_schema, schema_text


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file to write to.", dir_okay=False)] = None,
) -> None:
    """Print the GraphQL schema, as schema.graphql holds it."""
    text = schema_text(build_schema())
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
