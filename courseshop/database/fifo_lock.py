"""A lock for the threads of a process, granted in the order in which they ask."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock

from courseshop.domain.threads import begin_wait


class Waiter:
    """A thread that waits; raises Busy if too many threads do."""

    def __init__(self) -> None:
        self.gate = begin_wait()
        self.granted = Event()


class FifoLock:
    """Passes directly from thread to thread.

    The next owner counts as waiting only until the lock is released, not until it wakes up.
    Otherwise the thread that released it could find too many waiting, and refuse its next request.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._is_held = False
        self._waiters: deque[Waiter] = deque()

    def acquire(self, timeout: float) -> bool:
        """Return whether the lock was granted in time. Raises Busy if it may not wait."""
        with self._mutex:
            if not self._is_held:
                self._is_held = True
                return True
            waiter = Waiter()
            self._waiters.append(waiter)
        return waiter.granted.wait(timeout) or self._give_up(waiter)

    def _give_up(self, waiter: Waiter) -> bool:
        """Stop waiting; return whether the lock was granted at the last moment."""
        with self._mutex:
            if waiter.granted.is_set():
                return True
            self._waiters.remove(waiter)
            if waiter.gate:
                waiter.gate.leave()
            return False

    def release(self) -> None:
        with self._mutex:
            if not self._waiters:
                self._is_held = False
                return
            waiter = self._waiters.popleft()
            if waiter.gate:
                waiter.gate.note_answer()
                waiter.gate.leave()
            waiter.granted.set()
