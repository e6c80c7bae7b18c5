from core.refresh_tokens import new_nonce, new_token, parse


def test_a_token_is_read_as_it_was_written() -> None:
    token = new_token()
    assert parse(str(token)) == token
    assert len(token.secret) == 43


def test_a_successor_follows_from_token_and_nonce_together() -> None:
    token, nonce = new_token(), new_nonce()
    assert token.successor(nonce) == token.successor(nonce)
    assert token.successor(nonce).family == token.family
    assert token.successor(nonce) != token.successor(new_nonce())
    assert token.successor(nonce).secret != new_token().successor(nonce).secret
    assert len(token.successor(nonce).secret) == 43


def test_what_is_no_token_is_none() -> None:
    assert [parse(text) for text in ("", ".", "a.", ".a", "abc", "a." + "b" * 300)] == [None] * 6
    assert parse("a.\ud800") is not None
    assert parse("a.\ud800").secret_hash  # type: ignore[union-attr]


def test_a_token_does_not_show_itself() -> None:
    token = new_token()
    assert token.secret not in repr(token)
