"""`Store`: conversations in a database, to be listed, searched, read, resumed and deleted."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from ..data import About, Conversation, Tables
from ..errors import ConfigError, StoreError

if TYPE_CHECKING:
    from .keeper import Keeper
    from .listing import Conversations, Hits

__all__ = ["Store"]

ROLES = ("user", "assistant", "system")
LATEST = "latest"
NAMED = 5
"""How many conversations a message names."""


class Store:
    """Conversations in a database; a session with it as `store=` writes there what is said, as it is said.

    Opening it makes the database and its tables where they aren't there yet. Any number of kernels may use
    one at a time. Where its file or directory can't be written, it is opened all the same, to list, search
    and load. A store can be used in `with`; otherwise it is closed with the kernel.

    Args:
        url: A path that ends in `.db`, `.sqlite` or `.sqlite3`, or a URL of SQLAlchemy:
            `"sqlite:///talks.db"`, `"postgresql://user:password@host/talks"`.
        audio: Whether sessions store sound too, as far as their `record=` keeps it.

    Raises:
        ConfigError: The URL can't be used, or SQLAlchemy or a driver isn't installed.
        StoreError: The database can't be opened; says why, and what to do.
    """

    def __init__(self, url: Any, *, audio: bool = True) -> None:
        if not isinstance(audio, bool):
            raise ConfigError(f"audio must be True or False, not {audio!r}.")
        _check_installed()
        from .addresses import find_address
        from .database import Database

        self.audio = audio
        self._database = Database(find_address(url))

    @property
    def url(self) -> str:
        """Where it is, without its password."""
        return self._database.address.shown

    @property
    def place(self) -> str:
        """The file of an SQLite database; of any other its URL, without its password."""
        path = self._database.address.path
        return self.url if path is None else str(path)

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def conversations(self) -> Conversations:
        """All conversations, the newest first: a table with `.df`, `.to_dicts()`, `len`, iteration."""
        from .listing import Conversations

        return Conversations(self._database)

    def search(
        self,
        text: str,
        *,
        role: str | None = None,
        since: datetime | str | None = None,
        limit: int | None = 100,
    ) -> Hits:
        """Return the turns in which all these words were said: a table, a row a turn.

        Upper and lower case are the same, in any language; a word is also found within another one. Words in
        double quotes are sought side by side.

        Args:
            text: What to look for.
            role: `"user"`, `"assistant"` or `"system"`, to look only in what they said.
            since: Look only in what was said from then on: a datetime, or a text such as `"2026-11-01"`.
            limit: How many turns to return at most; None for all.
        """
        from .listing import search

        if role is not None and role not in ROLES:
            raise ConfigError(f"role must be one of {', '.join(map(repr, ROLES))}, not {role!r}.")
        if limit is not None and (type(limit) is not int or limit < 1):
            raise ConfigError(f"limit must be a whole number from 1 on, or None, not {limit!r}.")
        return search(self._database, _sought(text), role=role, since=_moment(since), limit=limit)

    def load(self, id: str) -> Conversation:
        """Return a conversation; its sound is read from the store when it is asked for.

        Args:
            id: Its id, or the first characters of it, or `"latest"`.

        Raises:
            ConfigError: There is none, or several begin like that; the message names the latest.
        """
        from .reading import read_conversation

        return read_conversation(self._database, self._find(id))

    # -- deleting ----------------------------------------------------------------------------------------

    def delete(self, *ids: str) -> int:
        """Delete conversations for good, and return how many; a session that still runs stops storing.

        Nothing of what was said stays in an SQLite file. PostgreSQL writes its tables anew; its own log and
        backups are up to the server.

        Args:
            *ids: Ids, or the first characters of each; none only sweeps up after an earlier deletion.

        Raises:
            ConfigError: There is no such conversation; none is deleted then.
        """
        from .deleting import delete_conversations

        if LATEST in ids:
            raise ConfigError("Name the conversation to delete by its id.", remedy=self._latest())
        whole = sorted({self._find(each) for each in ids})
        delete_conversations(self._database, whole)
        return len(whole)

    # -- lifetime ----------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close all connections; sound that wasn't read yet can't be read any more. Total and idempotent."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " (closed)" if self._database.closed else ""
        return f"Store({self.url!r}){state}"

    # -- for sessions ------------------------------------------------------------------------------------

    def check_writable(self) -> None:
        """Raise StoreError unless what is said can be written."""
        self._database.check_writable()

    def keep(
        self,
        data: Tables,
        about: Callable[[], About],
        *,
        is_over: Callable[[], bool],
        has_begun: Callable[[], bool],
        on_problem: Callable[[StoreError | None], None],
        known: Iterable[str] = (),
        resumes: bool = False,
    ) -> Keeper:
        """Write what a session's tables get from now on, as it comes; see `Sitting` for the arguments."""
        from .keeper import Keeper
        from .sitting import Sitting

        sitting = Sitting(
            self._database,
            data,
            about,
            is_over=is_over,
            has_begun=has_begun,
            audio=self.audio,
            known=known,
            resumes=resumes,
        )
        keeper = Keeper(sitting.write, on_problem)
        for table in (data.transcript, data.tool_calls, data.usage, data.latency):
            table.subscribe(keeper.touched)
        return keeper

    # -- ids ---------------------------------------------------------------------------------------------

    def _find(self, id: Any) -> str:
        from sqlalchemy import select

        from .schema import conversations

        if not isinstance(id, str) or not id.strip():
            raise ConfigError(f"{id!r} is no id of a conversation.", remedy=self._latest())
        own, begin = conversations.c.id, id.strip()
        newest = conversations.c.created_at.desc()
        query = select(own).where(own.startswith(begin, autoescape=True)) if begin != LATEST else select(own)
        with self._database.reading() as connection:
            found: list[str] = list(connection.scalars(query.order_by(newest).limit(NAMED + 1)))
        if begin == LATEST and found:
            return found[0]
        exact = [each for each in found if each == begin] or found
        if len(exact) == 1:
            return exact[0]
        if not found:
            raise ConfigError(f"There is no conversation {begin!r} in {self.url}.", remedy=self._latest())
        raise ConfigError(
            f"Several conversations begin with {begin!r}: {', '.join(found[:NAMED])}.",
            remedy="Pass more of the id.",
        )

    def _latest(self) -> str:
        """Return words that name the latest conversations."""
        from sqlalchemy import select

        from .schema import conversations

        query = select(conversations.c.id, conversations.c.title, conversations.c.created_at)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(conversations.c.created_at.desc()).limit(NAMED)).all()
        if not rows:
            return "The store is empty."
        named = (f"{row.id} ({row.title}, {row.created_at:%Y-%m-%d %H:%M} UTC)" for row in rows)
        return f"The latest: {', '.join(named)}."


def _check_installed() -> None:
    missing = [name for name in ("sqlalchemy", "alembic") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"A store needs {' and '.join(missing)}.", remedy='pip install "realtime-widget[store]"'
        )


def _sought(text: Any) -> list[str]:
    from .rows import clean, fold

    if not isinstance(text, str):
        raise ConfigError(f"search takes the words to look for, not {text!r}.")
    phrases = re.findall(r'"([^"]+)"', text)
    words = re.sub(r'"[^"]+"|"', " ", text).split()
    sought = [folded for each in (*phrases, *words) if (folded := fold(clean(each)))]
    if not sought:
        raise ConfigError("There is nothing to look for.", remedy="Pass a word, e.g. store.search('budget').")
    return sought


def _moment(since: Any) -> datetime | None:
    if since is None:
        return None
    try:
        moment = datetime.fromisoformat(since) if isinstance(since, str) else since
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise ConfigError(f"since must be a datetime or a text such as '2026-11-01 14:00', not {since!r}.")
    return moment.astimezone(UTC)  # one without a time zone is taken as local time
