"""``first:last:step`` and comma lists, as the command line takes radii and budgets."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from planner.errors import UsageError


def parse_steps(text: str, most: int, hint: str) -> list[Decimal]:
    """The numbers of ``first:last:step`` (both ends included) or of a comma list, increasing.

    At most ``most`` + 1 of a range are made, so that a caller sees that there are too many. Raises UsageError with
    ``hint`` for anything else, or a step that is not positive.
    """
    try:
        if ":" not in text:
            return sorted({Decimal(part) for part in text.split(",")})
        first, last, step = (Decimal(part) for part in text.split(":"))
        if step <= 0 or first > last:
            raise UsageError(hint)
        count = int((last - first) / step) + 1
        return [first + step * index for index in range(min(count, most + 1))]
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise UsageError(hint) from error
