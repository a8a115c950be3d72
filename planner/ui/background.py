"""Long work beside the page: a few jobs at a time, shared by all sessions, results kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Jobs(Generic[Result]):
    """Runs each job once by its key and keeps the last ``keep`` results (or errors)."""

    def __init__(self, workers: int = 2, keep: int = 200) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="planner-job")
        self._keep = keep
        self._futures: OrderedDict[Hashable, Future[Result]] = OrderedDict()
        self._owners: dict[Hashable, str] = {}
        self._lock = Lock()

    def result(
        self, key: Hashable, work: Callable[[], Result], *, owner: str, patience_s: float = 0.0
    ) -> Result | None:
        """What ``work`` returns, or None when that takes longer than ``patience_s``: then ask again later.

        The first to ask for ``key`` starts the job; jobs of the same ``owner`` that still wait for their turn are
        given up for it, since only the newest is wanted. Raises what the job raised.
        """
        with self._lock:
            future = self._futures.get(key) or self._start(key, work, owner)
            self._futures.move_to_end(key)
        done, _ = wait([future], patience_s)
        return future.result() if done else None

    def _start(self, key: Hashable, work: Callable[[], Result], owner: str) -> Future[Result]:
        for other, future in list(self._futures.items()):
            if self._owners[other] == owner and future.cancel():
                self._forget(other)
        future = self._futures[key] = self._pool.submit(work)
        self._owners[key] = owner
        done = [known for known, other in self._futures.items() if other.done() and known != key]
        for known in done[: max(0, len(self._futures) - self._keep)]:
            self._forget(known)
        return future

    def _forget(self, key: Hashable) -> None:
        del self._futures[key]
        del self._owners[key]
