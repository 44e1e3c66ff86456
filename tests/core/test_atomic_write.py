import errno
import json
import os
import stat
import sys
import threading

import pytest

import nn
from autograd import Value, draw
from autograd.core.atomic_write import write_file
from nn.plots.line_plot import Curves

posix = pytest.mark.skipif(os.name != "posix", reason="links and permissions of POSIX")


def picture():
    x = Value(3.0, label="x")
    return draw(x * x, engine="builtin")


# Whatever writes a file for the user.
WRITERS = {
    "write_file": lambda path: write_file(path, b"new"),
    "module": lambda path: nn.MLP(1, [1], seed=0).save(path),
    "curves": lambda path: Curves("<svg></svg>").save(path),
    "svg": lambda path: picture().save(path),
}
writers = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@writers
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path, write):
    before = os.umask(0o027)
    try:
        write(tmp_path / "f.svg")
    finally:
        os.umask(before)
    assert names(tmp_path) == ["f.svg"]
    assert os.name != "posix" or mode(tmp_path / "f.svg") == 0o640


@posix
@writers
@pytest.mark.parametrize("kept", [0o600, 0o644, 0o666, 0o755])
def test_an_old_file_keeps_its_mode(tmp_path, write, kept):
    path = tmp_path / "f.svg"
    path.write_text("old")
    path.chmod(kept)
    write(path)
    assert path.read_text() != "old"
    assert mode(path) == kept


@posix
@writers
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path, write):
    (tmp_path / "folder").mkdir()
    path, target = tmp_path / "f.svg", tmp_path / "folder" / "g"
    path.symlink_to("folder/g")  # nothing is there yet
    for _ in range(2):
        write(path)
        assert path.is_symlink()
        assert not target.is_symlink()
        assert target.stat().st_size > 0
    assert names(tmp_path / "folder") == ["g"]


@posix
def test_links_in_a_row_and_in_a_ring(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("c")
    write_file(tmp_path / "a", "text")
    assert (tmp_path / "c").read_text() == "text"
    (tmp_path / "c").unlink()
    (tmp_path / "c").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links") as raised:
        write_file(tmp_path / "a", "text")
    assert raised.value.errno == errno.ELOOP
    assert names(tmp_path) == ["a", "b", "c"]


@posix
def test_a_link_in_the_place_of_the_draft_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "urandom", bytes)  # now its name can be guessed
    (tmp_path / "victim").write_text("precious")
    (tmp_path / f".{bytes(8).hex()}.tmp").symlink_to("victim")
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "f", "new")
    assert (tmp_path / "victim").read_text() == "precious"
    assert len(names(tmp_path)) == 2  # the link is somebody else's: it stays


FAULTS = {"fsync": OSError(errno.ENOSPC, "disk full"), "replace": KeyboardInterrupt()}


@pytest.mark.parametrize(("call", "fault"), FAULTS.items())
@writers
def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch, write, call, fault):
    def fail(*args):
        raise fault

    path = tmp_path / "f.svg"
    path.write_text("old")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(fault)) as raised:
        write(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["f.svg"]
    assert not isinstance(fault, OSError) or raised.value.filename == str(path)


@pytest.mark.parametrize("place", ["missing/f", "file/f", "folder", "folder/", ""])
def test_an_error_names_the_path_that_was_given(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError) as raised:  # noqa: PT011 - which one depends on the system
        write_file(place, "text")
    assert raised.value.filename == place
    assert names(tmp_path) == ["file", "folder"]


def test_a_file_that_must_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "f"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, how: how != os.W_OK)  # root may write anything
    with pytest.raises(PermissionError):
        write_file(path, "new")
    assert path.read_text() == "old"


@posix
def test_what_is_no_regular_file_is_written_as_it_is(tmp_path):
    write_file(os.devnull, "text")
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, "text")
    reader.join()
    assert read == [b"text"]
    assert names(tmp_path) == ["pipe"]


def test_the_longest_name_that_a_file_may_have(tmp_path):
    path = tmp_path / ("x" * 255)
    write_file(path, "text")
    assert path.read_text() == "text"


def test_threads_that_save_one_file_never_show_half_of_one(tmp_path):
    path, done = tmp_path / "m.json", threading.Event()
    broken: list[Exception] = []
    models = [nn.MLP(2, [n, n, 1], seed=0) for n in (3, 20)]
    models[0].save(path)

    def reader():
        while not done.is_set():
            try:
                json.loads(path.read_text())
            except ValueError as error:
                broken.append(error)

    def saver(model):
        try:
            for _ in range(25):
                model.save(path)
        except OSError as error:
            broken.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        watch = threading.Thread(target=reader)
        savers = [threading.Thread(target=saver, args=(model,)) for model in models * 2]
        for thread in (watch, *savers):
            thread.start()
        for thread in savers:
            thread.join()
        done.set()
        watch.join()
    finally:
        sys.setswitchinterval(before)
    assert broken == []
    assert names(tmp_path) == ["m.json"]
