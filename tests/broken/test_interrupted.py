"""An import that is stopped, has no room, or meets another one: all of the county or none of it, and no leftovers."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from broken_bases import RawFiles
from broken_harness import run, snapshot

OUT = "geo/new"
STEPS = {
    "writing": "planner.geodata.intake.importer.fill",
    "writing-roads": "planner.geodata.intake.importer.write_roads",
    "checking": "planner.geodata.reader.check_county",
    "moving-in": "planner.geodata.intake.importer.move_in",
    "moving-the-second": "planner.geodata.intake.writing.Path.rename",
}


@pytest.fixture
def raw(tmp_path):
    files = RawFiles(tmp_path)
    files.options["--out"] = OUT
    return files


@pytest.fixture
def earlier(raw):
    """The same, with an earlier import in the place that is to be replaced."""
    assert run(raw.arguments(), raw.folder).code == 0
    raw.swap("villages", "加入村", "加入新村")
    raw.more = ["--replace"]
    return raw


def contents(folder):
    return {path: (folder / path).read_bytes() for path in snapshot(folder) if (folder / path).is_file()}


def failing(target, error):
    """Let ``target`` raise ``error``; of several calls the second, so that something has been done before."""
    calls = []
    real = Path.rename

    def second(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise error
        return real(*arguments)

    return patch(target, second if target.endswith("rename") else lambda *_: (_ for _ in ()).throw(error))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("error", "code"), [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), 130)], ids=["full", "ctrl-c"]
)
def test_a_stopped_import_leaves_nothing(raw, step, error, code):
    with failing(STEPS[step], error):
        came = run(raw.arguments(), raw.folder)
    assert came.code == code
    assert came.written == ()
    assert not came.out.strip()
    if code == 1:
        assert [line for line in came.err.splitlines() if line.strip() and not line.startswith("Import: ")] == [
            "the file system refused: [Errno 28] No space left on device"
        ]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_stopped_import_leaves_the_earlier_one_as_it_was(earlier, step, error):
    before = contents(earlier.folder)
    with failing(STEPS[step], error):
        assert run(earlier.arguments(), earlier.folder).code != 0
    assert contents(earlier.folder) == before


def started(arguments, folder, code="", before=None):
    """A ``planner`` process of its own, after ``code``."""
    program = f"import sys\n{code}\nfrom planner.cli import main\nsys.argv = {['planner', *arguments]!r}\nmain()\n"
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=before,  # noqa: PLW1509 (sets limits of the child only; no threads here)
    )  # fmt: skip


WAITS = """
import planner.geodata.intake.importer as importer, time
def wait(*_):
    print("writing", flush=True)
    time.sleep(60)
importer.write_roads = wait
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_terminated_import_leaves_nothing(raw, number):
    before = snapshot(raw.folder)
    with started(raw.arguments(), raw.folder, WAITS) as process:
        assert process.stdout.readline() == "writing\n"
        assert snapshot(raw.folder) != before
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert snapshot(raw.folder) == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such limits")
@pytest.mark.parametrize("most_bytes", [100, 5_000, 60_000])
def test_a_full_disk_is_said_and_leaves_nothing(raw, most_bytes):
    before = snapshot(raw.folder)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    with started(raw.arguments(), raw.folder, before=limit) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "the file system refused" in err
    assert snapshot(raw.folder) == before


def test_of_two_imports_at_once_one_is_written_whole_and_the_other_says_so(raw):
    with started(raw.arguments(), raw.folder) as one, started(raw.arguments(), raw.folder) as two:
        words = [process.communicate(timeout=60) for process in (one, two)]
    assert sorted((one.returncode, two.returncode)) == [0, 2], words
    ((_, refused),) = [said for process, said in zip((one, two), words, strict=True) if process.returncode == 2]
    assert "already" in refused
    assert "Traceback" not in refused
    assert run(["check", OUT], raw.folder).code == 0
    assert sorted(path.name for path in (raw.folder / "geo").iterdir()) == ["new"]
    assert sorted(path.name for path in (raw.folder / "stations").iterdir()) == ["new.csv"]


def test_two_that_replace_at_once_leave_one_county(earlier):
    with started(earlier.arguments(), earlier.folder) as one, started(earlier.arguments(), earlier.folder) as two:
        words = [process.communicate(timeout=60) for process in (one, two)]
    assert 0 in (one.returncode, two.returncode), words
    assert {one.returncode, two.returncode} <= {0, 2}, words
    assert run(["check", OUT], earlier.folder).code == 0
    assert sorted(path.name for path in (earlier.folder / "geo").iterdir()) == ["new"]


def test_a_place_where_nothing_can_be_written_is_one_line(raw):
    raw.options["--out"] = "/proc/new" if Path("/proc/self").exists() else "/dev/null/new"
    came = run(raw.arguments(), raw.folder)
    assert came.code in (1, 2)
    assert len([line for line in came.err.splitlines() if line.strip() and not line.startswith("Import: ")]) == 1
    assert came.written == ()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere and read everything")
@pytest.mark.parametrize("what", ["out", "file"])
def test_without_permission_it_is_one_line(raw, what):
    path = raw.path("villages") if what == "file" else raw.folder
    path.chmod(0o000 if what == "file" else 0o500)
    try:
        came = run(raw.arguments(), raw.folder)
    finally:
        path.chmod(0o700)
    assert came.code == 1
    assert "ermission denied" in came.out + came.err
    assert came.written == ()
