"""Division codes of GB/T 2260 and GB/T 10114 as text: 6 digits county, 9 township, 12 village level.

A child's code starts with its parent's. Codes are never numbers: a leading zero or a spreadsheet's
rounding would change them without a word.

Where no official code is known, `planner import` gives a *provisional* one from ranges that are never issued:
province 99, third segment 600–999, fourth segment 600–999.
"""

from __future__ import annotations

import re
from typing import Final

COUNTY_DIGITS: Final = 6
TOWNSHIP_DIGITS: Final = 9
VILLAGE_DIGITS: Final = 12

PROVISIONAL_PROVINCE: Final = "99"
PROVISIONAL_FROM: Final = 600

_DIGITS: Final = re.compile(r"[0-9]+")


def is_code(text: str, digits: int) -> bool:
    """Whether ``text`` is exactly ``digits`` ASCII digits."""
    return len(text) == digits and _DIGITS.fullmatch(text) is not None


def is_subdistrict(township_code: str) -> bool:
    """Whether a 9-digit code is a 街道: third segment 001–099 (GB/T 10114-2003)."""
    return 1 <= int(township_code[6:9]) <= 99


def is_provisional(code: str) -> bool:
    """Whether the last segment of a 6-, 9- or 12-digit ``code`` lies in a range that is never issued."""
    if len(code) == COUNTY_DIGITS:
        return code.startswith(PROVISIONAL_PROVINCE)
    return int(code[-3:]) >= PROVISIONAL_FROM


def is_residents_committee(village_code: str) -> bool:
    """Whether a 12-digit statistical code is a 居民委员会: fourth segment 001–199 (NBS coding rules)."""
    return 1 <= int(village_code[9:12]) <= 199


def is_administrative_village(village_code: str) -> bool:
    """Whether a 12-digit statistical code is a 村民委员会, i.e. a 建制村: fourth segment 200–399."""
    return 200 <= int(village_code[9:12]) <= 399
