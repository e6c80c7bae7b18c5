"""Accounts: made, found, and changed. Passwords come here hashed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, insert, literal_column, or_, select, text, update

from core.markdown import Rendered
from core.passwords import LONGEST, SHORTEST
from core.refusals import InputRefusal, Path, Refusal, RefusalCode, RefusedError, TakenRefusal, not_found
from core.viewer import RoleName
from db.database import WriteSession
from db.models import User
from db.writes.rules import refuse, text_refusals, url_refusals

LONGEST_NAME = 200
LONGEST_BIO = 10_000
LONGEST_EMAIL = 254
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_OPTIONS = {"synchronize_session": False}
# Any number will do, so long as every change of roles takes the same.
_ROLES_LOCK = 7_231_004_918


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    username: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """By what a log-in is checked; the hash is a secret."""

    user_id: int
    password_hash: str | None

    def __repr__(self) -> str:
        return f"Credentials(user_id={self.user_id})"


def account_refusals(account: NewAccount) -> Iterator[Refusal]:
    """What is wrong with an account to be made, as far as it shows in itself."""
    if not _USERNAME.fullmatch(account.username):
        message = "A username has 1 to 60 letters, digits, `.`, `-` and `_`, and begins with a letter or a digit."
        yield InputRefusal(RefusalCode.INVALID, message, ("username",))
    yield from text_refusals(account.name, ("name",), longest=LONGEST_NAME)
    try:
        validate_email(account.email, check_deliverability=False)
    except EmailNotValidError:
        yield InputRefusal(RefusalCode.INVALID, "This is no e-mail address.", ("email",))


def password_refusals(password: str, path: Path) -> Iterator[Refusal]:
    """A password: 12 to 128 characters, whatever they are (NIST SP 800-63B, section 5.1.1.2)."""
    if len(password) < SHORTEST:
        message = f"A password has at least {SHORTEST} characters."
        yield InputRefusal(RefusalCode.TOO_SHORT, message, path, SHORTEST)
    elif len(password) > LONGEST:
        message = f"A password has at most {LONGEST} characters."
        yield InputRefusal(RefusalCode.TOO_LONG, message, path, LONGEST)


async def create_account(
    session: WriteSession, account: NewAccount, password_hash: str, role: RoleName = "READER"
) -> int:
    """Make an account; answers the user's id.

    Raises:
        RefusedError: another has the username or the e-mail address.

    """
    refuse([*account_refusals(account)])
    await _refuse_taken(session, account)
    made = insert(User).values(
        username=account.username,
        email=account.email,
        name=account.name.strip(),
        password_hash=password_hash,
        role=role,
    )
    return (await session.execute(made.returning(User.id))).scalar_one()


async def give_account(session: WriteSession, user_id: int, email: str, password_hash: str, role: RoleName) -> None:
    """Make an account of an author who came in through an import."""
    values = {"email": email, "password_hash": password_hash, "role": role, "updated_at": func.now()}
    await session.execute(update(User).where(User.id == user_id).values(values), execution_options=_OPTIONS)


async def find_credentials(session: WriteSession, login: str) -> Credentials | None:
    """Of the user with this username or e-mail address, whatever the case."""
    key = func.lower(login)
    column = User.email_key if "@" in login else User.username_key
    found = await session.execute(select(User.id, User.password_hash).where(column == key))
    row = found.first()
    return None if row is None else Credentials(row[0], row[1])


async def credentials_of(session: WriteSession, user_id: int) -> Credentials:
    """Of a user who is there."""
    found = await session.execute(select(User.id, User.password_hash).where(User.id == user_id))
    return Credentials(*found.one())


async def set_password(session: WriteSession, user_id: int, password_hash: str) -> None:
    """Give a user another password."""
    values = {"password_hash": password_hash, "updated_at": func.now()}
    await session.execute(update(User).where(User.id == user_id).values(values), execution_options=_OPTIONS)


def profile_refusals(given: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is wrong with changes of a profile."""
    if "name" in given:
        yield from text_refusals(given["name"], ("name",), longest=LONGEST_NAME)
    yield from text_refusals(given.get("bio"), ("bio",), longest=LONGEST_BIO, required=False)
    yield from url_refusals(given.get("url"), ("url",))


async def update_profile(
    session: WriteSession, user_id: int, given: Mapping[str, Any], new_bio: Rendered | None
) -> None:
    """Change what is given of `name`, `bio` and `url`; `new_bio` is what the biography becomes."""
    values = dict(given)
    if "name" in values:
        values["name"] = values["name"].strip()
    if "bio" in values:
        values["bio_html"] = None if new_bio is None else new_bio.html
    if values:
        values["updated_at"] = func.now()
        await session.execute(update(User).where(User.id == user_id).values(values), execution_options=_OPTIONS)


async def set_role(session: WriteSession, user_id: int, role: RoleName) -> None:
    """Give a user a role; somebody who can sign in stays an administrator.

    Raises:
        RefusedError: there is no such user, or he is the last administrator.

    """
    # Two administrators who demote each other at the same time would leave none.
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ROLES_LOCK})
    query = select(User.role, User.has_account).where(User.id == user_id).with_for_update()
    row = (await session.execute(query)).first()
    if row is None:
        raise RefusedError(not_found("user", "user"))
    if row[0] == "ADMIN" and role != "ADMIN" and row[1]:
        others = select(func.count()).select_from(User)
        number = await session.scalar(others.where(User.role == "ADMIN", User.has_account, User.id != user_id))
        if not number:
            message = "This is the last administrator; make another one first."
            raise RefusedError(InputRefusal(RefusalCode.INVALID_STATE, message, ("user",)))
    if row[0] != role:
        values = {"role": role, "updated_at": func.now()}
        await session.execute(update(User).where(User.id == user_id).values(values), execution_options=_OPTIONS)


async def find_by_username(session: WriteSession, username: str) -> tuple[int, bool] | None:
    """The id of the user of a username, whatever its case, and whether he has an account."""
    query = select(User.id, User.has_account).where(User.username_key == func.lower(username))
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def _refuse_taken(session: WriteSession, account: NewAccount) -> None:
    query = select(User.username_key == func.lower(account.username), User.email_key == func.lower(account.email))
    same = or_(User.username_key == func.lower(account.username), User.email_key == func.lower(account.email))
    taken = [(row[0], row[1]) for row in await session.execute(query.where(same))]
    refusals: list[Refusal] = []
    if any(by_name for by_name, _ in taken):
        suggestion = await _free_username(session, account.username)
        refusals.append(TakenRefusal(RefusalCode.TAKEN, "Another has this username.", ("username",), suggestion))
    if any(by_email for _, by_email in taken):
        message = "There is an account with this e-mail address."
        refusals.append(TakenRefusal(RefusalCode.TAKEN, message, ("email",)))
    refuse(refusals)


async def _free_username(session: WriteSession, wanted: str) -> str:
    """The name with the least number behind it that makes it free."""
    stem = wanted[:55]
    numbers = func.generate_series(2, literal_column("1000000")).column_valued("number")
    candidate = func.concat(stem, numbers)
    free = select(candidate).where(~select(User.id).where(User.username_key == func.lower(candidate)).exists())
    return str(await session.scalar(free.limit(1)))
