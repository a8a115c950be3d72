"""Long work beside the page: a few jobs at a time, shared by all sessions, results kept for a while.

A job that nobody waits for any more is stopped, also in the middle of its work (`planner.locate.stopping`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Generic, TypeVar

from planner.locate.stopping import StopFlag, StoppedError, stoppable

Result = TypeVar("Result")


class Jobs(Generic[Result]):
    """Runs each job once by its key and keeps the last ``keep`` results (or errors)."""

    def __init__(self, workers: int = 2, keep: int = 200) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="planner-job")
        self._keep = keep
        self._futures: OrderedDict[Hashable, Future[Result]] = OrderedDict()
        self._owners: dict[Hashable, set[str]] = {}
        self._flags: dict[Hashable, StopFlag] = {}
        self._lock = Lock()

    def result(
        self, key: Hashable, work: Callable[[], Result], *, owner: str, patience_s: float = 0.0
    ) -> Result | None:
        """What ``work`` returns, or None when that takes longer than ``patience_s``: then ask again later.

        The first to ask for ``key`` starts the job. Jobs that are not done and that nobody but this owner asked for
        are given up, since only the newest is wanted. Raises what the job raised.
        """
        with self._lock:
            self._give_up(owner, but=key)
            future = self._futures.get(key) or self._start(key, work)
            self._owners[key].add(owner)
            self._futures.move_to_end(key)
        done, _ = wait([future], patience_s)
        # Given up in another run of the same session while this one waited: there is no result to be had.
        if not done or future.cancelled():
            return None
        try:
            return future.result()
        except StoppedError:
            return None

    def is_done(self, key: Hashable) -> bool:
        """Whether there is a result, or an error, for ``key``."""
        with self._lock:
            future = self._futures.get(key)
            return future is not None and future.done()

    def _start(self, key: Hashable, work: Callable[[], Result]) -> Future[Result]:
        flag = self._flags[key] = StopFlag()

        def stoppable_work() -> Result:
            with stoppable(flag):
                return work()

        future = self._futures[key] = self._pool.submit(stoppable_work)
        self._owners[key] = set()
        done = [known for known, other in self._futures.items() if other.done() and known != key]
        for known in done[: max(0, len(self._futures) - self._keep)]:
            self._forget(known)
        return future

    def _give_up(self, owner: str, *, but: Hashable) -> None:
        for key, future in list(self._futures.items()):
            owners = self._owners[key]
            if key == but or owner not in owners or future.done():
                continue
            owners.discard(owner)
            if not owners:
                self._flags[key].set()
                future.cancel()
                self._forget(key)

    def _forget(self, key: Hashable) -> None:
        del self._futures[key]
        del self._owners[key]
        del self._flags[key]
