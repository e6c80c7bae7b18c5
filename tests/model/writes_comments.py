"""Mutations of comments, on a model."""

from typing import Any

from gql.relay.ids import decode_id
from tests.model.writes_rules import LIMITS, demand, needed, stop
from tests.model.writes_state import Answer, Comment, Person, Problem, Refused, State

Given = dict[str, Any]
BECOMES = {"HIDE": "HIDDEN", "SHOW": "VISIBLE", "DELETE": "DELETED"}


def add_comment(state: State, me: Person, given: Given) -> Answer:
    stop(needed(given["body"], ("body",), LIMITS["comment"]))
    row_id = decode_id(given["post"])[1]
    post = next((n for n, one in state.posts.items() if one.id == row_id and state.readable(me, one)), None)
    if post is None:
        raise Refused(Problem("NOT_FOUND", ("post",)))
    if state.posts[post].status != "PUBLISHED":
        raise Refused(Problem("INVALID_STATE", ("post",)))
    above = None
    if given.get("parent") is not None:
        above = _number(state, given["parent"])
        if above is None or state.comments[above].post != post:
            raise Refused(Problem("NOT_FOUND", ("parent",)))
        if state.comments[above].status != "VISIBLE":
            raise Refused(Problem("INVALID_STATE", ("parent",)))
    number = state.number()
    state.comments[number] = Comment(post, me.id, above, given["body"])
    return Answer(values={"comment": number})


def update_comment(state: State, me: Person, given: Given) -> Answer:
    stop(needed(given["body"], ("body",), LIMITS["comment"]))
    number = _found(state, me, given)
    comment = state.comments[number]
    if comment.author != me.id:
        raise Refused(Problem("FORBIDDEN", ("id",)))
    if comment.status != "VISIBLE":
        raise Refused(Problem("INVALID_STATE", ("id",)))
    comment.edited = comment.edited or comment.body != given["body"]
    comment.body = given["body"]
    return Answer(values={"comment": number})


def delete_comment(state: State, me: Person, given: Given) -> Answer:
    number = _found(state, me, given)
    comment = state.comments[number]
    if comment.author != me.id:
        demand(me, "EDITOR", "id")
    if comment.status == "DELETED":
        raise Refused(Problem("INVALID_STATE", ("id",)))
    comment.status = "DELETED"
    return Answer(values={"comment": number})


def moderate_comments(state: State, me: Person, given: Given) -> Answer:
    """All of them or none."""
    demand(me, "EDITOR")
    numbers = [_number(state, value) for value in given["ids"]]
    problems = []
    for index, number in enumerate(numbers):
        if number is None:
            problems.append(Problem("NOT_FOUND", ("ids", index)))
        elif state.comments[number].status == "DELETED" and given["action"] != "DELETE":
            problems.append(Problem("INVALID_STATE", ("ids", index)))
    stop(problems)
    for number in numbers:
        assert number is not None
        state.comments[number].status = BECOMES[given["action"]]
    return Answer(values={"comments": numbers})


def _number(state: State, value: str) -> int | None:
    row_id = decode_id(value)[1]
    return next((number for number, comment in state.comments.items() if comment.id == row_id), None)


def _found(state: State, me: Person, given: Given) -> int:
    number = _number(state, given["id"])
    if number is None or not state.readable(me, state.posts[state.comments[number].post]):
        raise Refused(Problem("NOT_FOUND", ("id",)))
    return number
