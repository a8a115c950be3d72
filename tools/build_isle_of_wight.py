"""Builds the embedded county isle-of-wight, real throughout, from one pinned registry package.

    make rebuild                                       # download, build in a scratch folder, compare with data/
    .venv/bin/python tools/build_isle_of_wight.py build/packages/osm_feature_extractor-0.3.0.tar.gz  # write data/

The package's source archive holds the island as an OpenStreetMap extract (2020, ODbL). It goes through
`planner import` like any county's files: parishes are townships; villages, hamlets and suburbs are villages. Writes
geo/isle-of-wight and stations/isle-of-wight.csv under OUT; with ``--check`` writes nothing, builds in a temporary
folder and says whether the committed files are reproduced.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import hashlib
import os
import resource
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from planner.geodata.intake import ImportReport, ImportRequest, import_county

NAME = "isle-of-wight"
MEMBER = "osm_feature_extractor-0.3.0/osm_feature_extractor/data/osm/isle-of-wight-latest.osm.pbf"
SHA256 = "81d69208d011ee1210278eb3ae6523f1038ed9c53b45a4677a8ee93251ed3dd2"
PUBLISHED = 1_795_132_800
"""The date that SOURCES.md bears (2026-11-20), so that the same package gives the same bytes on any day."""

PEOPLE_PER_BUILDING = 2.2
"""Residents a dwelling: an assumption of ours, near the mean size of an English household."""

DROP_ISLANDS_KM = 5.0
"""Roads that only private ones lead to stand apart from the network, up to 2.9 km together; vans cannot reach them."""


def main() -> int:
    """Build or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="osm_feature_extractor-0.3.0.tar.gz")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "data")
    parser.add_argument("--check", action="store_true", help="compare with OUT and write nothing there")
    arguments = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = str(PUBLISHED)
    os.environ["PLANNER_CACHE"] = "off"
    with tempfile.TemporaryDirectory() as scratch, extract(arguments.archive.resolve(), Path(scratch)) as pbf:
        data = Path(scratch) / "data" if arguments.check else arguments.out.resolve()
        begun = time.perf_counter()
        report = build(pbf, data)
        print(*report.lines(), sep="\n")
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"{time.perf_counter() - begun:.1f} s, at most {peak_mb:.0f} MB of memory")
        if not report.written:
            return 1
        return compare(data, arguments.out.resolve()) if arguments.check else 0


@contextlib.contextmanager
def extract(archive: Path, folder: Path) -> Iterator[Path]:
    """The extract out of the package, in ``folder``, which becomes the working folder so that no path is recorded."""
    with tarfile.open(archive) as package:
        member = package.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{MEMBER} is no file in {archive}")
        content = member.read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{MEMBER} is not the file that the county was built from")
    pbf = folder / Path(MEMBER).name
    pbf.write_bytes(content)
    with contextlib.chdir(folder):
        yield Path(pbf.name)


def build(pbf: Path, data: Path) -> ImportReport:
    """Import ``pbf`` into the data folder ``data``."""
    (data / "stations").mkdir(parents=True, exist_ok=True)
    (data / "geo").mkdir(parents=True, exist_ok=True)
    request = ImportRequest(
        name="Isle of Wight",
        out=data / "geo" / NAME,
        osm=pbf,
        county_seat="Newport",
        people_per_building=PEOPLE_PER_BUILDING,
        drop_islands_km=DROP_ISLANDS_KM,
        replace=True,
    )
    return import_county(request)


def files_of(data: Path) -> dict[str, Path]:
    """The county's files under a data folder, by the name they have there."""
    paths = [*sorted((data / "geo" / NAME).iterdir()), data / "stations" / f"{NAME}.csv"]
    return {str(path.relative_to(data)): path for path in paths}


def compare(built: Path, committed: Path) -> int:
    """Say which files differ; 0 when none does."""
    new, old = files_of(built), files_of(committed)
    differing = [
        name
        for name in sorted({*new, *old})
        if name not in new or name not in old or not filecmp.cmp(new[name], old[name], shallow=False)
    ]
    print(f"{len(new) - len(differing)} of {len(old)} files are the same byte for byte")
    for name in differing:
        print(f"differs: {name}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
