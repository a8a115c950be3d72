"""A typed door to numba, so that compiled functions keep their types for the checker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(signature: str) -> Callable[[F], F]:
    """Compile a function for exactly one argument signature, without the interpreter lock, cached on disk.

    One signature keeps compilation to one pass per function and refuses a wrong dtype at once.
    """
    return cast("Callable[[F], F]", numba.njit(signature, cache=True, nogil=True))


def inlined(function: F) -> F:
    """Compile a small function into each of its callers: a quarter of the search's time is the calls to its heap."""
    return cast("F", numba.njit(inline="always", nogil=True)(function))
