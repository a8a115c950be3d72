"""How numbers are put into English sentences."""

from __future__ import annotations


def number_of(count: int, one: str, several: str = "") -> str:
    """``1 way``, ``2,000 ways``; ``several`` where an s does not make the plural."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
