"""The county folder, written beside its place, checked there, and moved in: all or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from planner.errors import UsageError
from planner.geodata.folder import MANIFEST
from planner.geodata.intake.documents import MARK

OWN_FILES = (
    MANIFEST, "boundary.geojson", "townships.csv", "villages.csv", "roads.gpkg", "stations.csv", "bus.csv",
    "SOURCES.md", "review.csv",
)  # fmt: skip
"""Everything that an import writes into its folder; a folder that holds anything else is never replaced."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the county goes: its folder, and its stations file (inside it, or in the data tree it belongs to)."""

    folder: Path
    stations: Path

    @classmethod
    def of(cls, out: Path) -> Target:
        """For a folder ``X/geo/<name>`` the stations go to ``X/stations/<name>.csv``, else into the folder."""
        folder = Path(os.path.abspath(out.expanduser()))  # noqa: PTH100 (a link is to stay a link)
        if folder.parent.name == "geo":
            return cls(folder, folder.parent.parent / "stations" / f"{folder.name}.csv")
        return cls(folder, folder / "stations.csv")

    @property
    def apart(self) -> bool:
        """Whether the stations lie outside the folder."""
        return self.stations.parent != self.folder

    @property
    def stations_entry(self) -> str:
        """The stations file as county.toml names it."""
        return f"../../stations/{self.folder.name}.csv" if self.apart else "stations.csv"


def check_target(target: Target, replace: bool) -> None:
    """Raise UsageError when the county cannot be put there without losing something."""
    folder = target.folder
    if not folder.name or folder.name.startswith("."):
        raise UsageError(f"--out {folder}: name a folder of its own for the county")
    blocked = next((path for path in folder.parents if path.exists() and not path.is_dir()), None)
    if blocked is not None:
        raise UsageError(f"--out {folder}: {blocked} is not a folder")
    if not folder.exists():
        if target.apart and target.stations.exists() and not replace:
            raise UsageError(f"{target.stations} exists already; move it away, or say --replace")
        return
    if not folder.is_dir():
        raise UsageError(f"--out {folder}: is a file; name a folder")
    held = sorted(path.name for path in folder.iterdir())
    if not held:
        return
    if not _ours(folder):
        raise UsageError(f"--out {folder}: is not empty and was not written by planner import; name another folder")
    foreign = [name for name in held if name not in OWN_FILES]
    if foreign:
        raise UsageError(f"--out {folder}: holds files of its own ({', '.join(foreign[:5])}); move them away first")
    if not replace:
        raise UsageError(f"--out {folder}: exists already; say --replace to put the new import in its place")


def _ours(folder: Path) -> bool:
    try:
        with (folder / MANIFEST).open("rb") as stream:
            return stream.read(len(MARK)) == MARK.encode()
    except OSError:
        return False


@contextmanager
def staged(target: Target) -> Iterator[Target]:
    """A place beside ``target`` with the same layout to write into; whatever is left there goes at the end."""
    made = {path for place in (target.folder, target.stations) for path in place.parents if not path.exists()}
    scratch = None
    try:
        target.folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.folder.name}.", dir=target.folder.parent))
        folder = scratch / "geo" / target.folder.name if target.apart else scratch / target.folder.name
        folder.mkdir(parents=True)
        inner = Target(folder, scratch / "stations" / target.stations.name if target.apart else folder / "stations.csv")
        inner.stations.parent.mkdir(parents=True, exist_ok=True)
        yield inner
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        for path in sorted(made, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # it holds the county now, or was never made
                path.rmdir()


def fill(inner: Target, files: Mapping[str, bytes], stations: bytes, write_more: Callable[[Path], None]) -> None:
    """Write every file into the staged place; ``write_more`` gets its folder."""
    for name, content in files.items():
        (inner.folder / name).write_bytes(content)
    inner.stations.write_bytes(stations)
    write_more(inner.folder)


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """Keep other imports from moving into the same place meanwhile. Raises UsageError while another does."""
    lock = target.folder.with_name(f".{target.folder.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise UsageError(
            f"--out {target.folder}: another import is putting its county there already; if none is running, "
            f"delete {lock}"
        ) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def move_in(inner: Target, target: Target, replace: bool) -> None:
    """Put the staged county in its place; on an error everything is as it was before.

    Raises UsageError when somebody else has put something there since `check_target`.
    """
    with _alone(target):
        check_target(target, replace)
        _move(inner, target)


def _move(inner: Target, target: Target) -> None:
    old = inner.folder.parent / ".old"
    old.mkdir()
    moves = [(inner.folder, target.folder, old / "folder")]
    made = target.apart and not target.stations.parent.exists()
    if target.apart:
        target.stations.parent.mkdir(parents=True, exist_ok=True)
        moves.append((inner.stations, target.stations, old / "stations.csv"))
    done: list[tuple[Path, Path]] = []
    try:
        for new, place, aside in moves:
            if place.exists():
                place.rename(aside)
                done.append((aside, place))
            new.rename(place)
            done.append((place, new))
    except BaseException:
        for came_from, went_to in reversed(done):
            # Undo in reverse: what was moved in goes back to the staged place, what was moved aside returns.
            came_from.rename(went_to)
        if made:
            target.stations.parent.rmdir()
        raise
