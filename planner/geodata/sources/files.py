"""Opening what a user names: a regular file of sane size, or one line that says what stands there instead."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from planner.geodata.log import DefectLog

MIB = 1 << 20

MOST_TEXT_MIB = 200
"""Largest text table or text map read; every village of the country in one table is about 120 MiB."""

MOST_FILE_MIB = 4096
"""Largest binary file handed to a reader that streams it (GeoPackage, shapefile, Parquet)."""

LONGEST_LINE = MIB
"""Bytes without a line break after which a table is no table: the widest real rows hold some thousand."""


def check_file(path: Path, file: str, found: DefectLog, *, most_mib: int = MOST_FILE_MIB) -> bool:
    """Whether ``path`` is a regular file with content, no larger than ``most_mib``, that may be opened.

    Nothing is opened before it is known to be a regular file: opening a pipe or a device may wait for ever.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        _cannot_open(file, error, found)
        return False
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a socket or a device"
        found.error("not-a-file", file, f"is {what}, not a file", "name a file")
        return False
    if status.st_size == 0:
        found.error("empty-file", file, "is empty: 0 bytes", "export or copy it again")
        return False
    if status.st_size > most_mib * MIB:
        found.error(
            "file-size",
            file,
            f"has {status.st_size / MIB:,.0f} MiB; at most {most_mib:,} MiB of this kind are read",
            "keep only this county's part, or save it as GeoPackage",
        )
        return False
    try:
        with path.open("rb"):
            return True
    except OSError as error:
        _cannot_open(file, error, found)
        return False


def read_bytes(
    path: Path, file: str, found: DefectLog, *, most_mib: int = MOST_TEXT_MIB, lines: bool = False
) -> bytes | None:
    """The content of ``path``, None after an error; with ``lines`` a line longer than a table can have is one.

    A file that is one endless line is refused after its first mebibyte, before the rest is read.
    """
    if not check_file(path, file, found, most_mib=most_mib):
        return None
    pieces: list[bytes] = []
    try:
        with path.open("rb") as stream:
            while piece := stream.read(LONGEST_LINE):
                if lines and len(piece) == LONGEST_LINE and b"\n" not in piece and b"\r" not in piece:
                    row = sum(earlier.count(b"\n") for earlier in pieces) + 1
                    found.error(
                        "long-line",
                        file,
                        f"has a line of more than {LONGEST_LINE / MIB:.0f} MiB: no table, or one without line breaks",
                        "export the table again",
                        row=row,
                    )
                    return None
                pieces.append(piece)
                if len(pieces) * LONGEST_LINE > (most_mib + 1) * MIB:  # it has grown since its size was looked up
                    found.error("file-size", file, f"has more than {most_mib:,} MiB", "keep only this county's part")
                    return None
    except OSError as error:
        _cannot_open(file, error, found)
        return None
    return b"".join(pieces)


def _cannot_open(file: str, error: OSError | ValueError, found: DefectLog) -> None:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR):
        message, fix = "does not exist", "see how its name is spelt and where it lies"
    elif number == errno.ELOOP:
        message, fix = "is a link that leads in a circle", "put the file itself there"
    elif number in (errno.EACCES, errno.EPERM):
        message, fix = "may not be read: permission denied", "give yourself the right to read it, or copy it"
    elif number is None:
        message, fix = "is no file name: it holds a NUL character", "name a file"
    else:
        message, fix = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}", "copy it again"
    found.error("missing-file", file, message, fix)
