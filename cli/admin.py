"""Accounts of administrators: the first one, and one who forgot the password."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console

from cli.database import opened_database
from cli.servers import servers
from core.errors import SettingsError
from core.logs import configure_logs
from core.passwords import Passwords
from core.refusals import RefusedError
from core.settings import Settings, load_settings
from db.database import Database
from db.writes import accounts, sessions
from db.writes.accounts import NewAccount
from db.writes.rules import refuse

admin = typer.Typer(help="Accounts of administrators.", no_args_is_help=True)


@admin.command()
def create(
    username: Annotated[str, typer.Argument(help="The name in addresses; an imported author gets an account.")],
    email: Annotated[str, typer.Option(help="The e-mail address of the account.")],
    name: Annotated[str | None, typer.Option(help="The name that readers see. Default: the username.")] = None,
) -> None:
    """Make an administrator. Asks for the password, or reads it from a pipe."""
    account = NewAccount(username, email, name or username)
    _check(lambda: refuse([*accounts.account_refusals(account)]))
    _run(lambda database, password_hash: _create(database, account, password_hash))
    Console().print(f"{username} is an administrator, and can sign in.", highlight=False)


@admin.command()
def password(
    username: Annotated[str, typer.Argument(help="Whose.")],
) -> None:
    """Give an account a new password, and end its sessions. Asks for it, or reads it from a pipe."""
    _run(lambda database, password_hash: _set_password(database, username, password_hash))
    Console().print(f"{username} has a new password; all sessions are ended.", highlight=False)


def _run(work: Callable[[Database, str], Awaitable[None]]) -> None:
    settings = load_settings()
    configure_logs(settings)
    word = _asked()
    with servers(settings) as settings:
        asyncio.run(_write(settings, word, work))


async def _write(settings: Settings, word: str, work: Callable[[Database, str], Awaitable[None]]) -> None:
    passwords = Passwords(settings)
    try:
        password_hash = await passwords.hash(word)
        async with opened_database(settings) as database:
            try:
                await work(database, password_hash)
            except RefusedError as error:
                raise _told(error) from None
    finally:
        passwords.close()


async def _create(database: Database, account: NewAccount, password_hash: str) -> None:
    async with database.write() as session:
        known = await accounts.find_by_username(session, account.username)
        if known is None:
            await accounts.create_account(session, account, password_hash, "ADMIN")
            return
        user_id, has_account = known
        if has_account:
            raise SettingsError(
                f"{account.username} has an account. An administrator can give the role (setUserRole), and "
                f"`broadsheet admin password {account.username}` a new password"
            )
        await accounts.give_account(session, user_id, account.email, password_hash, "ADMIN")


async def _set_password(database: Database, username: str, password_hash: str) -> None:
    async with database.write() as session:
        known = await accounts.find_by_username(session, username)
        if known is None or not known[1]:
            raise SettingsError(f"there is no account {username}: `broadsheet admin create` makes one")
        await accounts.set_password(session, known[0], password_hash)
        await sessions.end_all(session, known[0])


def _asked() -> str:
    """A password, from the terminal without echo and twice, or one line from a pipe."""
    if sys.stdin.isatty():
        word: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        word = sys.stdin.readline().rstrip("\r\n")
    _check(lambda: refuse([*accounts.password_refusals(word, ("password",))]))
    return word


def _check(rule: Callable[[], None]) -> None:
    try:
        rule()
    except RefusedError as error:
        raise _told(error) from None


def _told(error: RefusedError) -> SettingsError:
    return SettingsError("; ".join(f"{'.'.join(map(str, r.path))}: {r.message}" for r in error.refusals))
