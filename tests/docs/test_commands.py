"""Each command in the documents is run, in the order in which it stands there, and prints what is shown."""

from pathlib import Path

import pytest

from tests.docs.documents import Block, blocks_of, documents
from tests.docs.shell import LANGUAGES, Command, Shell, commands_of
from tests.docs.shortened import MORE, text_fits
from tests.fixtures.live import LiveServer
from tests.fixtures.servers import NewDatabase

BLOG = {
    "_data/authors.yml": "mara:\n  name: Mara Quist\n",
    "_posts/2024-05-01-first-light.md": "---\nauthors: [mara, Jo Pell]\ntags: birds\n---\nA heron, at last.\n",
    "_posts/2024-06-12-low-tide.md": "---\ntitle: Low tide\nauthor: mara\nmood: calm\n---\nNothing but mud.\n",
    "_posts/2024-07-30-broken.md": "---\ntitle: [\n---\nNever closed.\n",
    "about.md": "---\ntitle: About\n---\nNo date, so a draft.\n",
}
"""The blog `my-blog` of the documents' reader."""


@pytest.fixture
def shell(tmp_path: Path, new_database_url: str, redis_url: str, live_server: LiveServer) -> Shell:
    for name, text in BLOG.items():
        path = tmp_path / "my-blog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Shell(tmp_path, new_database_url, redis_url, live_server.url)


@pytest.fixture
async def new_database_url(new_database: NewDatabase) -> str:
    return await new_database()


def _commands(path: Path) -> list[Command]:
    return [command for block in blocks_of(path) if block.language in LANGUAGES for command in commands_of(block)]


def _missing(shown: tuple[str, ...], printed: str) -> str | None:
    """The first line that is shown and was not printed, in order; … stands for a part of a line, or for lines.

    Columns may be as wide as they like.
    """
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    for wanted in filter(None, (" ".join(line.split()) for line in shown)):
        if wanted != MORE and not any(text_fits(wanted, line) for line in lines):
            return wanted
    return None


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in documents() if _commands(p)])
def test_the_commands_of_a_document_run(path: Path, shell: Shell) -> None:
    for command in _commands(path):
        try:
            printed = shell.run(command)
        except AssertionError as error:
            raise AssertionError(f"{command.place}: {command.text}: {error}") from None
        missing = _missing(command.output, printed)
        assert missing is None, f"{command.place}: {command.text} never printed {missing!r} but {printed}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("frobnicate --all", "no test knows"),
        ("broadsheet serv", "status 2"),
        ("broadsheet import nowhere", "status 2"),
        ("make breakfast", "status 2"),
        ("BROADSHEET_COLOUR=red broadsheet serve", "no setting"),
        ("docker compose logs fax", "services"),
    ],
)
def test_a_command_that_does_not_work_is_noticed(text: str, why: str, shell: Shell) -> None:
    with pytest.raises(AssertionError, match=why):
        shell.run(Command("here:1", text, ()))


def test_commands_are_told_from_their_output() -> None:
    block = Block("a.md", 7, "console", "$ make run\n…\nBroadsheet serves at …\n$ make \\\n    test\n")
    assert [(c.place, c.text, c.output) for c in commands_of(block)] == [
        ("a.md:7", "make run", ("…", "Broadsheet serves at …")),
        ("a.md:10", "make test", ()),
    ]


def test_output_that_was_not_printed_is_noticed() -> None:
    assert _missing(("posts new …", "…", "notes 0"), "posts new  12\nposts updated  3\nnotes  0\n") is None
    assert _missing(("posts new …",), "posts updated  3\n") == "posts new …"
    assert _missing(("b", "a"), "a\nb\n") == "a"
