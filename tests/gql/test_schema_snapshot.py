"""schema.graphql is what clients generate their code from: it changes only on purpose."""

import subprocess
import sys
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema
from graphql import is_specified_scalar_type as is_specified

from gql.schema import build_schema as build_ours
from gql.schema import schema_text

ROOT = Path(__file__).parents[2]
COMMITTED = (ROOT / "schema.graphql").read_text()
CHECK = ROOT.parent / "shared" / "checks" / "contract.py"


def test_the_committed_schema_is_what_the_code_serves() -> None:
    assert schema_text(build_ours()) == COMMITTED, "run `make schema`, and look at what changed for clients"


def test_everything_has_a_description() -> None:
    bare = []
    for name, type_ in build_schema(COMMITTED).type_map.items():
        if name.startswith("__") or is_specified(type_):
            continue
        if not type_.description:
            bare.append(name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                bare += [f"{name}.{field_name}"] * (not field.description)
                bare += [
                    f"{name}.{field_name}({a})" for a, x in getattr(field, "args", {}).items() if not x.description
                ]
        if isinstance(type_, GraphQLEnumType):
            bare += [f"{name}.{value}" for value, x in type_.values.items() if not x.description]
    assert bare == []


def test_optional_arguments_show_no_default() -> None:
    assert "= null" not in COMMITTED


def test_the_contract_is_kept() -> None:
    if not CHECK.exists():
        pytest.skip("there is no contract beside this checkout")
    command = [sys.executable, str(CHECK), str(ROOT / "schema.graphql")]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    missing = {
        line.removeprefix("missing: ").rstrip(".") for line in printed.splitlines() if line.startswith("missing")
    }
    assert missing == set()
    assert "0 without description" in printed
