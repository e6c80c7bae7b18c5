"""What a resolver awaits, it awaits in a task; and a request that is given up leaves nothing behind."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any

import pytest
import pytest_asyncio
from graphql import ExecutionResult, GraphQLObjectType, GraphQLSchema, build_schema, parse

from gql.documents.document import Document
from loaders.dispatch import Loader, Scheduler
from tests.gql.executor.core_adapter import compiled

WHO: ContextVar[str] = ContextVar("who", default="nobody")


def _schema(**resolvers: Callable[..., Any]) -> GraphQLSchema:
    schema = build_schema(
        "type Query { one: String two: String slow: String list: [Query!] } type Mutation { one: String two: String }"
    )
    for type_ in (schema.query_type, schema.mutation_type):
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            field.resolve = resolvers.get(name, lambda *_: None)
    return schema


async def _run(schema: GraphQLSchema, text: str) -> ExecutionResult:
    node = parse(text)
    operation: Any = node.definitions[0]
    document = Document(text, node, {None: operation}, len(text))
    nothing: Any = None
    found = await compiled(schema).execute(document, operation, {}, nothing)
    assert isinstance(found, ExecutionResult)
    return found


async def test_resolvers_that_wait_have_context_variables_and_timeouts_of_their_own() -> None:
    async def named(_source: object, info: Any) -> str:
        WHO.set(info.field_name)
        async with asyncio.timeout(5):
            await asyncio.sleep(0.001)
        return WHO.get()

    async def too_slow(*_: object) -> str:
        try:
            async with asyncio.timeout(0.001):
                await asyncio.sleep(10)
        except TimeoutError:
            return "gave up"
        return "came"

    found = await _run(_schema(one=named, two=named, slow=too_slow), "{ one two slow }")
    assert found == ExecutionResult({"one": "one", "two": "two", "slow": "gave up"}, None)
    assert WHO.get() == "nobody"


async def test_a_resolver_that_awaits_a_task_group_gets_its_error_alone() -> None:
    async def grouped(*_: object) -> str:
        async with asyncio.TaskGroup() as group:
            group.create_task(_raising())
        return "never"

    async def _raising() -> None:
        raise ValueError

    async def well(*_: object) -> str:
        await asyncio.sleep(0)
        return "well"

    found = await _run(_schema(one=grouped, two=well), "{ one two }")
    assert found.data == {"one": None, "two": "well"}
    assert [error.path for error in found.errors or ()] == [["one"]]


@pytest_asyncio.fixture(loop_scope="function")
async def nothing_left() -> AsyncIterator[None]:
    """Neither a task, nor a coroutine that nobody awaited, nor an error that nobody retrieved, in a loop of its own."""
    gc.collect()  # what other tests left is theirs
    loop, heard = asyncio.get_running_loop(), list[Any]()
    before, handler = asyncio.all_tasks(), loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: heard.append(context))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
        # What was cancelled ends in a few rounds of the loop; what was not, never.
        for _ in range(5):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        gc.collect()
    loop.set_exception_handler(handler)
    assert not left
    # Of what ended badly in other tests, and was thrown away above, pytest tells only now.
    ours = [one for one in warned if one.category is not pytest.PytestUnraisableExceptionWarning]
    assert [str(one.message) for one in ours] == []
    assert heard == []


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "text",
    ["{ one }", "{ one two slow }", "{ list { one two list { one slow } } one }", "mutation { one two }"],
)
async def test_a_request_that_is_given_up_leaves_nothing_behind(text: str) -> None:
    async def waits(*_: object) -> str:
        await asyncio.sleep(10)
        return "never"

    async def fails(*_: object) -> str:
        await asyncio.sleep(0)
        raise ValueError

    async def late(*_: object) -> list[object]:
        await asyncio.sleep(0)
        return [object(), _object(), object()]

    async def _object() -> object:
        await asyncio.sleep(0)
        return object()

    for rounds in range(10):
        request = asyncio.ensure_future(_run(_schema(one=waits, two=fails, slow=waits, list=late), text))
        for _ in range(rounds):
            await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.usefixtures("nothing_left")
async def test_a_load_that_is_given_up_with_others_leaves_nothing_behind() -> None:
    scheduler = Scheduler()

    async def fetch(_keys: list[int]) -> list[str]:
        await asyncio.sleep(10)
        return []

    loader = Loader("slow", fetch, scheduler)

    async def loads(*_: object) -> str:
        return await loader.load(1)

    async def waits(*_: object) -> str:
        await asyncio.sleep(10)
        return "never"

    request = asyncio.ensure_future(_run(_schema(one=loads, two=waits), "{ one two }"))
    for _ in range(8):
        await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    scheduler.close()


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.usefixtures("nothing_left")
async def test_what_fails_beside_others_is_retrieved() -> None:
    async def fails(*_: object) -> str:
        await asyncio.sleep(0)
        raise ValueError

    found = await _run(_schema(one=fails, two=fails, slow=fails), "{ one two slow }")
    assert len(found.errors or ()) == 3
