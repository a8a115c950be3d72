"""`planner import` of a large made-up county: 50,000 villages and 500,000 road edges from GeoPackages.

The input is drawn anew from a seed, so that every run imports the same bytes; it is made-up ground, labelled
synthetic. Timed is the whole command in a process of its own: reading, placing, checking and writing.

    python -m benchmarks intake
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

VILLAGES = 50_000
ROADS = 500_000
TOWNSHIPS = 500
SIDE_DEG = 2.4
CORNER = np.array([102.0, 35.0])
SECONDS, GIGABYTES = 60, 4
COUNTY = "990001"


def write_input(folder: Path, villages: int = VILLAGES, roads: int = ROADS, seed: int = 0) -> None:
    """boundary.gpkg, townships.gpkg, villages.gpkg and roads.gpkg with Chinese headers, WGS84."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    box = shapely.box(*CORNER, *(CORNER + SIDE_DEG))
    _write(
        folder / "boundary.gpkg", np.array([box], dtype=object), "Polygon", {"名称": np.array(["合成县"], dtype=object)}
    )
    seats = rng.uniform(0.02, SIDE_DEG - 0.02, (TOWNSHIPS, 2)) + CORNER
    codes = np.array([f"{COUNTY}{100 + i}" for i in range(TOWNSHIPS)], dtype=object)
    names = np.array([f"合成{i}镇" for i in range(TOWNSHIPS)], dtype=object)
    _write(folder / "townships.gpkg", shapely.points(seats), "Point", {"区划代码": codes, "乡镇名称": names})
    _write_villages(folder / "villages.gpkg", villages, names, rng)
    _write_roads(folder / "roads.gpkg", roads, rng)


def _write_villages(path: Path, count: int, townships: np.ndarray, rng: np.random.Generator) -> None:
    points = rng.uniform(0.01, SIDE_DEG - 0.01, (count, 2)) + CORNER
    home = np.arange(count) % len(townships)
    columns = {
        "村代码": np.array([f"{COUNTY}{100 + h}{200 + i // len(townships)}" for i, h in enumerate(home)], dtype=object),
        "村名": np.array([f"合成{i}村" for i in range(count)], dtype=object),
        "所属乡镇": townships[home],
        "人口": rng.integers(100, 3000, count),
    }
    _write(path, shapely.points(points), "Point", columns)


def _write_roads(path: Path, count: int, rng: np.random.Generator) -> None:
    """Links of a jittered grid, each with a vertex in its middle."""
    side = int(np.ceil((count / 2) ** 0.5)) + 1
    step = SIDE_DEG / side
    at = np.indices((side, side)).reshape(2, -1).T * step + CORNER
    nodes = (at + rng.uniform(0.2, 0.8, at.shape) * step).round(7)
    number = np.arange(side * side).reshape(side, side)
    ends = np.vstack([
        np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
    ])[:count]  # fmt: skip
    first, last = nodes[ends[:, 0]], nodes[ends[:, 1]]
    middle = ((first + last) / 2 + rng.uniform(-0.1, 0.1, first.shape) * step).round(7)
    lines = shapely.linestrings(np.stack([first, middle, last], axis=1))
    pick = np.array(["省道", "县道", "乡道", "村道"], dtype=object)
    columns = {
        "道路编号": np.array([f"H{i:07d}" for i in range(len(lines))], dtype=object),
        "道路等级": pick[rng.choice(4, len(lines), p=[0.05, 0.1, 0.25, 0.6])],
        "路面": np.array(["沥青", "砂石"], dtype=object)[(rng.random(len(lines)) < 0.3).astype(int)],
        "单行": np.array(["否", "是"], dtype=object)[(rng.random(len(lines)) < 0.02).astype(int)],
    }
    _write(path, np.asarray(lines, dtype=object), "LineString", columns)


def _write(path: Path, geometries: np.ndarray, kind: str, columns: dict[str, np.ndarray]) -> None:
    from pyogrio import raw

    raw.write(
        path, shapely.to_wkb(geometries), list(columns.values()), list(columns), driver="GPKG", geometry_type=kind,
        crs="EPSG:4326",
    )  # fmt: skip


def run_import(folder: Path, out: Path) -> tuple[float, float, str]:
    """Seconds, peak memory in GB and the last lines of `planner import` of the files in ``folder``."""
    arguments = ["import", "--name", "合成大县", "--out", str(out), "--provenance", "synthetic"]
    for role in ("boundary", "townships", "villages", "roads"):
        arguments += [f"--{role}", str(folder / f"{role}.gpkg")]
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "planner.cli", *arguments], check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return seconds, peak_gb, "\n".join(done.stdout.splitlines()[-3:])


def main() -> None:
    """Import the large county once and print seconds and peak memory beside what they may be."""
    print(f"\nplanner import, {VILLAGES:,} villages and {ROADS:,} road edges from GeoPackage ({os.cpu_count()} cores)")
    with tempfile.TemporaryDirectory() as scratch:
        write_input(Path(scratch, "raw"))
        seconds, peak_gb, said = run_import(Path(scratch, "raw"), Path(scratch, "county"))
    print(said)
    print(f"{seconds:.1f} s (at most {SECONDS}), peak memory {peak_gb:.2f} GB (at most {GIGABYTES})")


if __name__ == "__main__":
    main()
