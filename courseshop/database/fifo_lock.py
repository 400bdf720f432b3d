"""A FIFO lock for the threads of a process: it is granted in the order of the calls."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock

from courseshop.domain.threads import begin_wait


class Waiter:
    """A thread that waits for the lock. Raises Busy if too many threads wait already."""

    def __init__(self) -> None:
        self.gate = begin_wait()
        self.granted = Event()


class FifoLock:
    """A lock whose `release` grants it directly to the thread that has waited longest.

    From then on, that thread no longer counts as waiting, even if it has not woken up yet.
    Otherwise the releasing thread could reach the limit of waiting threads with its next request.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._is_held = False
        self._waiters: deque[Waiter] = deque()

    def acquire(self, timeout: float) -> bool:
        """Return whether the lock was granted in time. Raises Busy if too many threads wait."""
        with self._mutex:
            if not self._is_held:
                self._is_held = True
                return True
            waiter = Waiter()
            self._waiters.append(waiter)
        return waiter.granted.wait(timeout) or self._give_up(waiter)

    def _give_up(self, waiter: Waiter) -> bool:
        """Stop waiting; return whether the lock was granted after the timeout."""
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
