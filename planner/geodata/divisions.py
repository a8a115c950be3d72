"""Division codes and names as files bring them: cleaned, nested, dated, matched, and made where there are none.

A code has 6 digits for a county, 9 for a township, 12 for a village-level unit; a child's starts with its parent's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.codes import (
    COUNTY_DIGITS,
    PROVISIONAL_FROM,
    PROVISIONAL_PROVINCE,
    TOWNSHIP_DIGITS,
    VILLAGE_DIGITS,
    is_code,
    is_provisional,
)
from planner.geodata.cells import Problem, code_problem
from planner.geodata.crs import ELLIPSOID, METRES_PER_DEGREE
from planner.geodata.recoded import TABLE

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LEVELS: Final = (COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS)

_WRAPPED = re.compile(r'^=?"(.*)"$|^[\'’‘`](.*)$')


def normalise_code(text: str, digits: int) -> str | Problem:
    """The code of ``digits`` digits (6, 9 or 12) that a cell means, or why it means none.

    Spaces, full-width digits, a leading apostrophe and ``="…"`` are what spreadsheets put round a text, and go. Codes
    padded with zeros to a longer form (630225100000 for the township 630225100) are cut. What a spreadsheet has
    rounded, or turned into a number with decimals, is refused, as everything else is.
    """
    plain = bare_code(text)
    if is_code(plain, digits):
        padded = digits == VILLAGE_DIGITS and plain.endswith("000")
        return plain if not padded else Problem(
            "code-length",
            f"is the code of township {plain[:TOWNSHIP_DIGITS]} filled up with zeros, not of a village",
            "write the village's own 12 digits",
        )  # fmt: skip
    if any(is_code(plain, longer) for longer in LEVELS if longer > digits) and not plain[digits:].strip("0"):
        return plain[:digits]
    return code_problem(plain, digits)


def bare_code(text: str) -> str:
    """``text`` without spaces, full-width forms, and what spreadsheets put round a text."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).strip("\u200b\ufeff")
    wrapped = _WRAPPED.match(plain)
    return plain if wrapped is None else wrapped.group(1) or wrapped.group(2) or ""


def level(code: str) -> int | None:
    """6, 9 or 12: the level that a clean code is of, padding with zeros seen through; None when it is no code."""
    if not any(is_code(code, digits) for digits in LEVELS):
        return None
    return next((digits for digits in LEVELS if not code[digits:].strip("0")), None)


def parent(code: str) -> str:
    """The code of the township of a village, or of the county of a township."""
    return code[:-3]


def shared_county(codes: Iterable[str]) -> str | None:
    """The 6-digit county code that every code starts with; None when they differ, or there are none."""
    found = {code[:COUNTY_DIGITS] for code in codes}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Recoding:
    """A county that got another code: ``old`` is in no list from ``year`` on; ``name`` is today's."""

    old: str
    new: str
    year: int
    name: str


@cache
def recodings() -> dict[str, Recoding]:
    """Recoded counties by their old code."""
    lines = (line.split() for line in TABLE.strip().splitlines())
    return {old: Recoding(old, new, int(year), name) for old, new, year, name in lines}


def recoded(code: str) -> Recoding | None:
    """What became of the county that a 6-, 9- or 12-digit code starts with; None when it has kept its code."""
    return recodings().get(code[:COUNTY_DIGITS])


def rests_on_provisional(code: str) -> bool:
    """Whether a code, or the part of it that is its township's or county's, is not official."""
    return any(is_provisional(code[:digits]) for digits in LEVELS if digits <= len(code))


def provisional_county(name: str) -> str:
    """A 6-digit code for a county without a known one: 99 and four digits that follow from its name alone."""
    number = int.from_bytes(sha256(name_key(name).encode()).digest()[:8]) % 10_000
    return f"{PROVISIONAL_PROVINCE}{number:04d}"


def provisional_townships(county_code: str, taken: Collection[str], count: int) -> tuple[str, ...]:
    """``count`` township codes that were never issued: the lowest free ones of 600–999, ``taken`` left out.

    Give them out in `provisional_order`, so that the same places get the same codes whatever the order of the file.
    Raises ValueError when the county has no so many left.
    """
    return _free(county_code, taken, count)


def provisional_villages(township_code: str, taken: Collection[str], count: int) -> tuple[str, ...]:
    """``count`` village codes that were never issued, as `provisional_townships` makes them."""
    return _free(township_code, taken, count)


def _free(parent_code: str, taken: Collection[str], count: int) -> tuple[str, ...]:
    used = set(taken)
    free = [code for n in range(PROVISIONAL_FROM, 1000) if (code := f"{parent_code}{n}") not in used]
    if count > len(free):
        raise ValueError(f"{parent_code} has {len(free)} provisional codes left, {count} are needed")
    return tuple(free[:count])


def provisional_order(names: Sequence[str], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order in which places get their provisional codes: by name, then from west to east and south to north."""
    order = sorted(range(len(names)), key=lambda i: (names[i], float(lon[i]), float(lat[i])))
    return np.array(order, dtype=np.int64)


_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|"
    "阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_COMMITTEE = re.compile(r"村?村(?:民委员会|委会)$")
_OFFICE = re.compile(r"(?:人民政府|政府|办事处|居民委员会|居委会)$")
_UNIT = re.compile(r"(?:街道|镇|民族乡|乡|苏木|社区|行政村|建制村|自然村|嘎查|村|自治县|自治旗|县|市|区|旗)$")
_PEOPLE = re.compile(rf"(?:(?:{_PEOPLES})族)+$")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_MARKS = re.compile(r"[\s()\[\]【】〔〕·•・.,、，。'\"“”‘’\-—_/]+")


def name_key(text: str) -> str:
    """A place name reduced to what people do not vary: 街子镇, 街子乡人民政府 and 街 子 all give 街子.

    Width, case, spaces, punctuation and what stands in brackets go, then one word for the kind of unit with the
    committee or office that sits there, and the peoples' names before it (道帏藏族乡 → 道帏). A name of one
    character keeps its unit. Two places may share a key: it proposes, and never decides alone.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _MARKS.sub("", _BRACKETED.sub("", plain)) or _MARKS.sub("", plain)
    plain = _OFFICE.sub("", _COMMITTEE.sub("村", plain)) or plain
    bare = _UNIT.sub("", plain)
    if bare != plain:
        bare = _PEOPLE.sub("", bare) or bare
    return bare if len(bare) > 1 else plain


class NameIndex:
    """Names to be found again by other people's spellings of them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._keyed: dict[str, list[int]] = defaultdict(list)
        for position, name in enumerate(names):
            self._exact[name.strip()].append(position)
            self._keyed[name_key(name)].append(position)

    def find(self, text: str) -> tuple[int, ...]:
        """Positions of the names that ``text`` can mean: those written alike, else those of the same key."""
        alike = self._exact.get(text.strip(), [])
        return tuple(alike or self._keyed.get(name_key(text), []))


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """In which township each point lies. Every array has one entry a point.

    Attributes
    ----------
    township
        int64, index of the township; −1 for a point that is not finite, or when there are no townships.
    how
        str: ``polygon``, ``nearest polygon`` (just outside them all), ``nearest seat``, or empty where there is none.
    distance_m
        float64, geodesic distance to that seat, or to that polygon (0 inside); NaN where there is none.
    second_m
        float64, distance to the next best township in the same way; infinite when there is none, or none within
        `NEAR_M` of a point that lies in a polygon.
    """

    township: NDArray[np.int64]
    how: NDArray[np.str_]
    distance_m: NDArray[np.float64]
    second_m: NDArray[np.float64]

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """Points that could as well lie in another township: within 200 m of it, or half as far again to its seat."""
        by_seat = (self.how == "nearest seat") & (self.second_m < 1.5 * self.distance_m)
        by_polygon = (self.how == "polygon") & (self.second_m < 200.0)
        return np.asarray(by_seat | by_polygon | (self.how == "nearest polygon"), dtype=bool)


NEAR_M: Final = 1000.0
"""A point outside every township by less than this belongs to the nearest: boundaries are drawn coarsely."""


def place_villages(
    points: NDArray[np.float64],
    township_polygons: Sequence[BaseGeometry | None] | None,
    township_seats: NDArray[np.float64],
) -> Placing:
    """Find the township of each point: by the polygon it lies in, else the nearest polygon or seat.

    Parameters
    ----------
    points
        (n, 2) WGS84 longitude and latitude.
    township_polygons
        One a township, in WGS84 degrees, None where it is unknown; or None when there are none at all. A point in
        several polygons goes to the first. Only when every township has one does a point outside them all go to
        a polygon within `NEAR_M`; else its township may be the one without.
    township_seats
        (m, 2) WGS84 longitude and latitude, NaN where unknown.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    seats = np.asarray(township_seats, dtype=np.float64).reshape(-1, 2)
    count = len(points)
    placing = Placing(
        np.full(count, -1, np.int64), np.full(count, "", "U15"), np.full(count, np.nan), np.full(count, np.inf)
    )
    finite = np.asarray(np.isfinite(points).all(axis=1), dtype=bool)
    if township_polygons is not None:
        _place_by_polygon(points, finite, township_polygons, placing)
    _place_by_seat(points, finite & (placing.township < 0), seats, placing)
    return placing


def _place_by_polygon(
    points: NDArray[np.float64],
    finite: NDArray[np.bool_],
    polygons: Sequence[BaseGeometry | None],
    placing: Placing,
) -> None:
    """Fill in the points that lie in a polygon, or near one. Distances in a plane that is true at their centre."""
    if not finite.any() or all(polygon is None for polygon in polygons):
        return
    centre = points[finite].mean(axis=0)
    scale = np.array([np.cos(np.radians(centre[1])), 1.0]) * METRES_PER_DEGREE

    def to_metres(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((xy - centre) * scale, dtype=np.float64)

    shapes = shapely.transform(np.array(list(polygons), dtype=object), to_metres)
    at = np.flatnonzero(finite)
    places = np.asarray(shapely.points(to_metres(points[finite])), dtype=object)
    tree = shapely.STRtree(shapes)
    point, township = tree.query(places, predicate="dwithin", distance=NEAR_M)
    metres = np.asarray(shapely.distance(places[point], shapes[township]), dtype=np.float64)
    order = np.lexsort((township, metres, point))
    point, township, metres = at[point[order]], township[order], metres[order]
    first = np.r_[True, point[1:] != point[:-1]] if len(point) else np.zeros(0, dtype=bool)
    second = np.flatnonzero(np.r_[False, first[:-1]] & ~first) if len(point) else first
    everywhere = all(polygon is not None for polygon in polygons)
    best = np.flatnonzero(first & ((metres == 0) | everywhere))
    placing.township[point[best]] = township[best]
    placing.how[point[best]] = np.where(metres[best] == 0, "polygon", "nearest polygon")
    placing.distance_m[point[best]] = metres[best]
    kept = second[placing.township[point[second]] >= 0]
    placing.second_m[point[kept]] = metres[kept]


def _place_by_seat(
    points: NDArray[np.float64], wanted: NDArray[np.bool_], seats: NDArray[np.float64], placing: Placing
) -> None:
    """Fill in the wanted points by their nearest seat."""
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(seats).all(axis=1))
    at = np.flatnonzero(wanted)
    if not len(known) or not len(at):
        return
    tree = cKDTree(_on_sphere(seats[known]))
    _, nearest = tree.query(_on_sphere(points[at]), k=min(2, len(known)))
    nearest = known[nearest.reshape(len(at), -1)]
    placing.township[at] = nearest[:, 0]
    placing.how[at] = "nearest seat"
    for column, metres in ((0, placing.distance_m), (-1, placing.second_m))[: nearest.shape[1]]:
        seat = seats[nearest[:, column]]
        metres[at] = ELLIPSOID.inv(points[at, 0], points[at, 1], seat[:, 0], seat[:, 1])[2]


def _on_sphere(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) points of the unit sphere, on which the nearest along the chord is the nearest along the ground."""
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
