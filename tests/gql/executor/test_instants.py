"""Instants in UTC are left to the encoder of JSON, which must write them as the scalar would."""

from datetime import UTC, datetime

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gql.scalars import instant_text


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_encoder_writes_an_instant_as_the_scalar_does(instant: datetime) -> None:
    assert orjson.dumps(instant) == orjson.dumps(instant_text(instant))
