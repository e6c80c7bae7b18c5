from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from core.errors import BadRequestError, ForbiddenError, LimitError, PersistedQueryError, SettingsError
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Asked, Documents
from gql.documents.trusted import read_manifest
from gql.schema import build_schema
from tests.limits.inlined import settings_with

SCHEMA = build_schema()
TEXT, OTHER = "{ __typename }", "query Posts { posts { nodes { id } } }"
HASH = sha256(TEXT.encode()).hexdigest()

Manifest = Callable[[object], Path]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    def write(content: object) -> Path:
        path = tmp_path / "manifest.json"
        path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
        return path

    return write


def documents(path: Path, **overrides: object) -> Documents:
    return Documents(SCHEMA, settings_with(trusted_documents=path, **overrides))


APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": HASH, "name": "Name", "type": "query", "body": TEXT},
        {"id": "posts", "name": "Posts", "type": "query", "body": OTHER},
    ],
}
KINDS: dict[str, object] = {
    "Relay": {"2f3c": TEXT, "posts": OTHER},
    "Code Generator": {HASH: TEXT, sha256(OTHER.encode()).hexdigest(): OTHER},
    "Apollo": APOLLO,
}


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
async def test_manifests_of_three_compilers_are_read(manifest: Manifest, content: object) -> None:
    path = manifest(content)
    texts = read_manifest(path)
    assert sorted(texts.values()) == sorted([TEXT, OTHER])
    found = documents(path, trusted_documents_only=True)
    for key, text in texts.items():
        for asked in (Asked(trusted_id=key), Asked(sha256=key), Asked(text=text)):
            document = await found.find(asked)
            assert (document.text, document.trusted) == (text, True)


def test_an_empty_manifest_is_one(manifest: Manifest) -> None:
    assert read_manifest(manifest({})) == {}
    assert read_manifest(manifest({**APOLLO, "operations": []})) == {}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"BROADSHEET_TRUSTED_DOCUMENTS: .*nowhere\.json"):
        documents(tmp_path / "nowhere.json")


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        documents(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{'a': 'b'}", b'{"a": "\xff"}'])
def test_what_is_no_json_is_refused(manifest: Manifest, content: bytes) -> None:
    with pytest.raises(SettingsError, match="cannot be read as JSON"):
        documents(manifest(content))


@pytest.mark.parametrize(
    "content",
    [
        None,
        1,
        [],
        [TEXT],
        {"a": 1},
        {"a": None},
        {"a": {"body": TEXT}},
        {"operations": [{"id": "a"}]},
        {"operations": [{"body": TEXT}]},
        {"operations": [{"id": 1, "body": TEXT}]},
        {"operations": {"a": TEXT}},
    ],
)
def test_json_of_another_shape_is_refused(manifest: Manifest, content: object) -> None:
    with pytest.raises(SettingsError, match="is no manifest"):
        documents(manifest(content))


@pytest.mark.parametrize("entry", [1, None, TEXT, ["id", TEXT]])
def test_an_operation_that_is_no_object_is_refused(manifest: Manifest, entry: object) -> None:
    with pytest.raises(SettingsError):
        documents(manifest({"operations": [{"id": "a", "body": TEXT}, entry]}))


def test_two_documents_of_one_id_are_refused(manifest: Manifest) -> None:
    with pytest.raises(SettingsError):
        documents(manifest({"operations": [{"id": "a", "body": TEXT}, {"id": "a", "body": OTHER}]}))


@pytest.mark.parametrize(
    "text",
    [
        "{ gone }",
        "{",
        "",
        "fragment f on Query { __typename }",
        "{ " * 5_000 + "}" * 5_000,
        "{ ...f } fragment f on Query { ...f }",
    ],
)
def test_a_document_that_does_not_fit_the_schema_is_named_by_its_id(manifest: Manifest, text: str) -> None:
    with pytest.raises(SettingsError, match="the document broken-one"):
        documents(manifest({"good": TEXT, "broken-one": text}))


BEYOND = {
    "document": "{ __typename }".ljust(50_000),
    "tokens and root fields": "{" + " ".join(f"a{i}: __typename" for i in range(1_000)) + "}",
    "depth": '{ post(by: {slug: "x"}) {' + " next {" * 30 + " id" + " }" * 32,
    "directives": "{ " + "__typename @include(if: true) " * 60 + "}",
    "operations": " ".join(f"query q{i} {{ __typename }}" for i in range(20)),
    "copies": "{" + " __typename" * 60 + " }",
    "selections": '{ post(by: {slug: "x"}) { ...f0 } } '
    + " ".join(f"fragment f{i} on Post {{ next {{ ...f{i + 1} }} previous {{ ...f{i + 1} }} }}" for i in range(14))
    + " fragment f14 on Post { id }",
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
async def test_a_trusted_document_beyond_all_limits_runs(manifest: Manifest, text: str) -> None:
    with pytest.raises(LimitError):
        await Documents(SCHEMA, settings_with()).find(Asked(text=text))
    found = documents(manifest({"big": text}))
    assert (await found.find(Asked(trusted_id="big"))).trusted
    assert (await found.find(Asked(text=text))).trusted
    with pytest.raises(LimitError):
        await found.find(Asked(text=text + " # not the same"))


async def test_beside_trusted_documents_others_run_within_the_limits(manifest: Manifest) -> None:
    found = documents(manifest({"a": TEXT}))
    assert not (await found.find(Asked(text=OTHER))).trusted
    with pytest.raises(InvalidDocumentError):
        await found.find(Asked(text="{ unknown }"))


async def test_where_only_trusted_documents_run_other_texts_are_forbidden(manifest: Manifest) -> None:
    found = documents(manifest({"a": TEXT}), trusted_documents_only=True)
    for text in (OTHER, TEXT + " ", "{", ""):
        with pytest.raises(ForbiddenError):
            await found.find(Asked(text=text))
    assert (await found.find(Asked(text=TEXT))).trusted
    assert len(found.store) == 0


async def test_an_unknown_id_and_a_hash_of_none_are_not_found(manifest: Manifest) -> None:
    found = documents(manifest({"a": TEXT}), trusted_documents_only=True)
    for asked in (Asked(trusted_id="b"), Asked(sha256="b"), Asked(sha256=HASH), Asked(sha256=HASH, text=TEXT)):
        with pytest.raises(PersistedQueryError):
            await found.find(asked)


async def test_an_id_wins_over_a_text_beside_it(manifest: Manifest) -> None:
    found = documents(manifest({"a": TEXT}), trusted_documents_only=True)
    assert (await found.find(Asked(text=OTHER, trusted_id="a"))).text == TEXT


async def test_who_names_no_document_is_told_so() -> None:
    with pytest.raises(BadRequestError):
        await Documents(SCHEMA, settings_with()).find(Asked())


def test_only_trusted_documents_need_a_manifest() -> None:
    with pytest.raises(SettingsError, match="BROADSHEET_TRUSTED_DOCUMENTS"):
        settings_with(trusted_documents_only=True)
