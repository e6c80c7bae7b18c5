import asyncio
import subprocess
from pathlib import Path

from cli.token_key import FILE, with_token_key
from core.access_tokens import AccessTokens
from core.settings import load_settings
from tests.fixtures.live import COMMAND, clean_environment


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    first, second = with_token_key(settings), with_token_key(settings)
    assert first.token_keys is not None
    assert first.token_keys == second.token_keys
    assert len(first.token_keys.get_secret_value()) > 40
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]
    assert first.token_keys.get_secret_value() not in repr(first)


async def test_of_many_that_begin_at_the_same_time_all_have_the_same(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    made = await asyncio.gather(*(asyncio.to_thread(with_token_key, settings) for _ in range(8)))
    assert len({one.token_keys for one in made}) == 1


def test_a_key_that_is_given_is_taken(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, token_keys="mine:0123456789abcdef0123456789abcdef")
    assert with_token_key(settings) is settings
    assert list(tmp_path.iterdir()) == []
    assert AccessTokens(settings).issue(1, 2).token.count(".") == 2


def test_production_makes_no_key_of_its_own() -> None:
    done = subprocess.run(
        [str(COMMAND), "serve"],
        env=clean_environment(
            BROADSHEET_ENVIRONMENT="production", DATABASE_URL="postgresql://x", REDIS_URL="redis://127.0.0.1:1"
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "set BROADSHEET_TOKEN_KEYS" in " ".join(done.stderr.split())
