"""The thread that writes a session's conversation: nobody who talks ever waits for a database.

It exists only while there is something to write. What is complete is written at once, what grows twice a
second. What can't be written stays in memory, where the tables hold it anyway, and is tried again.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable

from ..errors import StoreError

__all__ = ["Keeper"]

log = logging.getLogger("realtime_widget.store")

GROWING_S = 0.5
"""How long words that still grow wait to be written together."""
IDLE_S = 3.0
WAIT_S = 5.0
"""How long those who are told of a turn wait at most until it is safe."""
AT_EXIT_S = 10.0
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)


class Keeper:
    """Keeps a conversation in step with its database.

    Args:
        write: Writes what is new; may take its time, and fail.
        on_problem: Told of trouble, and with None of its end; on the thread of the keeper or of who waits.

    Attributes:
        problem: Why the database doesn't have all that it should have; None while it does.
    """

    def __init__(
        self,
        write: Callable[[], None],
        on_problem: Callable[[StoreError | None], None] = lambda problem: None,
    ) -> None:
        self._write = write
        self._on_problem = on_problem
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._awake = False
        self._noted = 0
        self._owed = 0
        self._saved = 0
        self._counting = threading.Lock()
        self._given_up = False
        self._hurry = threading.Event()
        self.problem: StoreError | None = None
        _keepers.add(self)

    # -- taking note -------------------------------------------------------------------------------------

    def touched(self) -> None:
        """Note that something changed; cheap, and waits for nobody."""
        with self._counting:
            self._noted += 1
        if not self._awake:
            self._wake()

    def finished(self) -> None:
        """Note that something is complete: it is written at once."""
        with self._counting:
            self._noted += 1
            self._owed = self._noted
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self._awake = True
            if self._given_up:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="realtime-widget-store", daemon=True)
                self._thread.start()
            else:
                self._changed.notify_all()

    # -- waiting -----------------------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        """Whether something complete isn't in the database yet, and may soon be."""
        return self._saved < self._owed and self.problem is None

    def saved(self, limit_s: float = WAIT_S) -> bool:
        """Wait until all that is complete is in the database; False when that can't be had in time.

        From then on nobody waits until the database answers again.
        """
        owed = self._owed
        with self._changed:
            self._changed.wait_for(lambda: self._saved >= owed or self.problem is not None, limit_s)
            late = self._saved < owed and self.problem is None
        if late:
            self._failed(
                StoreError(
                    f"The store didn't take a turn within {limit_s:g} s.",
                    remedy="It is written as soon as the database answers; all is kept in memory until then.",
                    code="store_slow",
                    recoverable=True,
                )
            )
        return self._saved >= owed

    def flush(self, limit_s: float = WAIT_S) -> bool:
        """Write all there is, complete or not, and wait for it."""
        if self._saved < self._noted:
            self.finished()
        return self.saved(limit_s)

    def last_chance(self, limit_s: float) -> bool:
        """Write all there is once more, also to a database that didn't answer before."""
        with self._changed:
            if not self._given_up:
                self.problem = None
        self._hurry.set()
        return self.flush(limit_s)

    # -- writing: on the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        n_failed = 0
        while self._has_work():
            self._pause()
            # A connection may have been cut while nobody used it: what fails once fails unnoticed.
            if self._attempt(quietly=n_failed == 0):
                n_failed = 0
            else:
                self._hurry.wait(RETRY_S[min(n_failed, len(RETRY_S) - 1)])
                self._hurry.clear()
                n_failed += 1

    def _has_work(self) -> bool:
        with self._changed:
            self._awake = False  # before the look: who notes something from now on will wake us
            while self._noted == self._saved or self._given_up:
                idle = not self._changed.wait(IDLE_S)
                if self._given_up or (idle and self._noted == self._saved):
                    self._thread = None
                    return False
            self._awake = True
            return True

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._saved < self._owed, GROWING_S)

    def _attempt(self, *, quietly: bool) -> bool:
        noted = self._noted
        try:
            self._write()
        except Exception as error:
            known = _known(error)
            if not quietly or not known.recoverable:
                if known is not error:
                    log.exception("! the store's writer failed")
                self._failed(known)
            return False
        with self._changed:
            self._saved = noted
            recovered, self.problem = self.problem is not None, None
            self._changed.notify_all()
        if recovered:
            log.info("= the store takes what is said again")
            self._tell(None)
        return True

    def _failed(self, problem: StoreError) -> None:
        with self._changed:
            known, self.problem = self.problem, problem
            self._given_up = not problem.recoverable
            self._changed.notify_all()
        if known is None or known.code != problem.code:
            log.warning("! %s", problem.message)
            self._tell(problem)

    def _tell(self, problem: StoreError | None) -> None:
        try:
            self._on_problem(problem)
        except Exception:  # the thread goes on, whatever becomes of the news
            log.exception("! nobody could be told of the store")


def _known(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    return StoreError(f"The store can't be written: {type(error).__name__}: {error}", recoverable=True)


_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()


def _at_exit() -> None:
    """Write what is left, all within one limit, since an interpreter that ends has no time."""
    deadline = time.monotonic() + AT_EXIT_S
    for keeper in list(_keepers):
        keeper.last_chance(max(0.0, deadline - time.monotonic()))


atexit.register(_at_exit)
