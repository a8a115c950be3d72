"""A sketch of a route as SVG: its way along the roads, numbered stops, a scale; no map below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import cos, hypot, log10, radians
from typing import TYPE_CHECKING, Final

from planner.mapping.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION, WHITE, YELLOW

if TYPE_CHECKING:
    from shapely import LineString

WIDTH, HEIGHT, MARGIN = 680, 330, 34
DISC: Final = 10
"""Radius of a stop's number, in pixels."""
M_PER_DEGREE: Final = 111_320
TRIP_COLOURS: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
_TOLERANCE_PX: Final = 0.4
_AROUND: Final = ((0, 0), (0, -1), (1, 0), (0, 1), (-1, 0), (0.7, -0.7), (0.7, 0.7), (-0.7, 0.7), (-0.7, -0.7))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the way: what stands in its disc, WGS84 degrees, and whether it is the depot."""

    label: str
    lon: float
    lat: float
    depot: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to pixels: one scale both ways, north up, the whole in the middle."""

    west: float
    north: float
    x_per_degree: float
    y_per_degree: float
    left: float
    top: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> _Frame:
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        west, east, south, north = min(lons), max(lons), min(lats), max(lats)
        shrink = cos(radians((south + north) / 2))
        wide, high = (east - west) * shrink, north - south
        scale = min((WIDTH - 2 * MARGIN) / max(wide, 1e-4), (HEIGHT - 2 * MARGIN) / max(high, 1e-4))
        return cls(west, north, scale * shrink, scale, (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2)

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        return self.left + (lon - self.west) * self.x_per_degree, self.top + (self.north - lat) * self.y_per_degree

    @property
    def m_per_px(self) -> float:
        return M_PER_DEGREE / self.y_per_degree


def sketch_svg(legs: Sequence[tuple[LineString, int]], marks: Sequence[Mark], title: str) -> str:
    """The way of a route: each leg with the number of its trip (from 0), then the marks over all of them.

    A place marked twice bears all its labels in one disc; discs that would hide each other move aside.
    """
    points = [(float(x), float(y)) for line, _ in legs for x, y in line.coords]
    frame = _Frame.around(points + [(mark.lon, mark.lat) for mark in marks])
    body = "".join(_leg(line, trip, frame) for line, trip in legs) + _marks(marks, frame) + _scale(frame)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{WHITE}"/>{body}</svg>'
    )


def _leg(line: LineString, trip: int, frame: _Frame) -> str:
    from shapely import LineString

    pixels = [frame.place(float(x), float(y)) for x, y in line.coords]
    drawn = list(LineString(pixels).simplify(_TOLERANCE_PX).coords)
    colour = TRIP_COLOURS[trip % len(TRIP_COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, *_ in drawn)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3" stroke-opacity="0.6" '
        f'stroke-linejoin="round"/>{_arrow(drawn, colour)}'
    )


def _arrow(pixels: Sequence[tuple[float, ...]], colour: str) -> str:
    """A head before the middle of the leg, clear of that of a leg back; none on a leg too short to show one."""
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(pixels)]
    whole = sum(lengths)
    if whole < 4 * DISC:
        return ""
    sofar = 0.0
    for (a, b), length in zip(pairwise(pixels), lengths, strict=True):
        if sofar + length >= 0.4 * whole and length > 0:
            share = (0.4 * whole - sofar) / length
            x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
            ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
            corners = ((7, 0), (-5, 5), (-5, -5))
            head = " ".join(f"{x + f * ux - s * uy:.1f},{y + f * uy + s * ux:.1f}" for f, s in corners)
            return f'<polygon points="{head}" fill="{colour}"/>'
        sofar += length
    return ""


def _marks(marks: Sequence[Mark], frame: _Frame) -> str:
    places: dict[tuple[float, float], list[Mark]] = {}
    for mark in marks:
        places.setdefault((mark.lon, mark.lat), []).append(mark)
    taken: list[tuple[float, float, float]] = []
    lines, discs = [], []
    for (lon, lat), group in places.items():
        at = frame.place(lon, lat)
        label = ",".join(dict.fromkeys(mark.label for mark in group))
        half = DISC + 3 * max(0, len(label) - 2)
        x, y = _free(at, half, taken)
        taken.append((x, y, half))
        if (x, y) != at:
            lines.append(
                f'<line x1="{at[0]:.1f}" y1="{at[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}" stroke="{BLACK}"/>'
                f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="2.5" fill="{BLACK}"/>'
            )
        fill = YELLOW if any(mark.depot for mark in group) else WHITE
        discs.append(
            f'<rect x="{x - half:.1f}" y="{y - DISC:.1f}" width="{2 * half}" height="{2 * DISC}" rx="{DISC}" '
            f'fill="{fill}" stroke="{BLACK}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="12">{escape(label)}</text>'
        )
    return "".join(lines + discs)


def _free(at: tuple[float, float], half: float, taken: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """The nearest place to ``at``, in the sketch, where a disc hides no other; ``at`` itself where there is none."""
    for reach in (0, 24, 40, 60, 84):
        for dx, dy in _AROUND[1:] if reach else _AROUND[:1]:
            x, y = at[0] + reach * dx, at[1] + reach * dy
            inside = half <= x <= WIDTH - half and DISC <= y <= HEIGHT - DISC
            if inside and all(abs(x - u) >= half + other or abs(y - v) >= 2 * DISC for u, v, other in taken):
                return x, y
    return at


def _scale(frame: _Frame) -> str:
    """A bar of 1, 2 or 5 times a power of ten metres, about a sixth of the sketch wide."""
    wanted_m = frame.m_per_px * WIDTH / 6
    power = 10 ** int(log10(max(wanted_m, 1)))
    metres = max(step * power for step in (1, 2, 5) if step * power <= max(wanted_m, power))
    length, y = metres / frame.m_per_px, HEIGHT - 10
    words = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    return (
        f'<path d="M12 {y - 5} V{y} H{12 + length:.1f} V{y - 5}" fill="none" stroke="{BLACK}"/>'
        f'<text x="{18 + length:.1f}" y="{y}" font-size="11">{words}</text>'
    )
