"""The cache of arrays: what comes back is what was put in, or nothing with a note."""

from __future__ import annotations

import os
import pickle
import time

import numpy as np
import pytest

from planner.network.cache import Cache, cache_folder, cache_key

KEY = cache_key("test", "abc", "1")
ARRAYS = {"a": np.arange(5, dtype=np.int32), "b": np.array([[0.5, np.nan]]), "text": np.array(["村", "b"])}


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def entry(cache, key=KEY):
    return cache.folder / f"{key}.cache"


def test_what_was_stored_comes_back_to_the_byte(cache):
    assert cache.store(KEY, ARRAYS)
    found = cache.load(KEY)
    assert found.note == ""
    assert {name: (a.dtype, a.tobytes()) for name, a in found.arrays.items()} == {
        name: (a.dtype, a.tobytes()) for name, a in ARRAYS.items()
    }
    assert [path.name for path in cache.folder.iterdir()] == [f"{KEY}.cache"]


def test_an_unknown_key_is_nothing_and_no_news(cache):
    found = cache.load(KEY)
    assert not found
    assert found.note == ""


def test_any_changed_byte_is_noticed(cache):
    cache.store(KEY, {"a": np.arange(3)})
    sound = entry(cache).read_bytes()
    for position in range(len(sound)):
        damaged = bytearray(sound)
        damaged[position] ^= 1
        entry(cache).write_bytes(damaged)
        assert "damaged" in cache.load(KEY).note, position


@pytest.mark.parametrize("content", [b"", b"x", bytes(64), pickle.dumps([1]), bytes(200)])
def test_a_foreign_file_is_not_used_and_told(cache, content):
    cache.folder.mkdir()
    entry(cache).write_bytes(content)
    found = cache.load(KEY)
    assert not found
    assert "no cache file" in found.note


def test_a_truncated_entry_is_noticed(cache):
    cache.store(KEY, ARRAYS)
    entry(cache).write_bytes(entry(cache).read_bytes()[:-1])
    assert "damaged" in cache.load(KEY).note


def test_an_entry_under_another_name_is_not_taken_for_it(cache):
    cache.store(KEY, ARRAYS)
    other = cache_key("test", "abc", "2")
    entry(cache).rename(entry(cache, other))
    assert "other data" in cache.load(other).note


def test_objects_are_refused(cache):
    with pytest.raises(ValueError, match="objects"):
        cache.store(KEY, {"a": np.array([None, "x"], dtype=object)})


def test_a_folder_that_cannot_be_made_costs_only_the_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    assert not cache.store(KEY, ARRAYS)
    assert not cache.load(KEY)


def test_a_full_disk_leaves_no_half_file(cache, monkeypatch):
    cache.folder.mkdir()

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert not cache.store(KEY, ARRAYS)
    assert list(cache.folder.iterdir()) == []


def test_entries_used_longest_ago_go_first_and_other_files_stay(tmp_path):
    cache = Cache(tmp_path, max_bytes=27_000)
    keys = [cache_key("test", str(number)) for number in range(4)]
    (tmp_path / "notes.txt").write_text("mine")
    for age, key in zip((30, 20, 10), keys, strict=False):
        cache.store(key, {"a": np.zeros(1000)})
        os.utime(entry(cache, key), (time.time() - age, time.time() - age))
    cache.load(keys[0])  # used now, so it is not the oldest any more
    cache.store(keys[3], {"a": np.zeros(1000)})
    assert [bool(cache.load(key)) for key in keys] == [True, False, True, True]
    assert (tmp_path / "notes.txt").exists()
    assert sum(path.stat().st_size for path in tmp_path.glob("*.cache")) <= 27_000


def test_only_half_written_files_of_long_ago_are_swept_up(cache):
    cache.folder.mkdir()
    old, young = cache.folder / "x.part", cache.folder / "y.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.store(KEY, ARRAYS)
    assert not old.exists()
    assert young.exists()


def test_the_folder_is_the_variables_else_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("PLANNER_CACHE", "off")
    assert cache_folder() is None
    assert not Cache().store(KEY, ARRAYS)
    assert not Cache().load(KEY)
    monkeypatch.delenv("PLANNER_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "rural-network-planner"


def test_keys_differ_by_every_part():
    keys = {cache_key("a", "b", "c"), cache_key("a", "bc"), cache_key("a", "b", "d"), cache_key("x", "b", "c")}
    assert len(keys) == 4
