"""Long work beside the page: at most two jobs at a time, shared by all sessions, results kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Jobs(Generic[Result]):
    """Runs each job once by its key and keeps the last ``keep`` results (or errors)."""

    def __init__(self, workers: int = 2, keep: int = 32) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="planner-job")
        self._keep = keep
        self._futures: OrderedDict[Hashable, Future[Result]] = OrderedDict()
        self._lock = Lock()

    def start(self, key: Hashable, work: Callable[[], Result]) -> None:
        """Start ``work`` unless a job of this key is known. Jobs still waiting for their turn are given up for it."""
        with self._lock:
            if key in self._futures:
                return
            for other, future in list(self._futures.items()):
                if future.cancel():
                    del self._futures[other]
            self._futures[key] = self._pool.submit(work)
            done = [known for known, future in self._futures.items() if future.done()]
            for known in done[: max(0, len(self._futures) - self._keep)]:
                del self._futures[known]

    def is_done(self, key: Hashable) -> bool:
        """Whether the job of ``key`` has ended, well or badly."""
        with self._lock:
            future = self._futures.get(key)
        return future is not None and future.done()

    def result(self, key: Hashable) -> Result | None:
        """What the job returned, or None while there is nothing yet. Raises what the job raised."""
        with self._lock:
            future = self._futures.get(key)
            if future is None or not future.done():
                return None
            self._futures.move_to_end(key)
        return future.result()
