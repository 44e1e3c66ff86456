"""Writing files: each is replaced whole or not at all, and stays what it was otherwise."""

import contextlib
import errno
import os
import stat

__all__ = ["StrPath", "write_file"]

StrPath = str | os.PathLike[str]
# Never a file that is there already, nor what a link of that name points to.
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_file(path: StrPath, content: bytes | str) -> None:
    """Write a file by way of a draft beside it, which takes its place in one move.

    Readers, and whoever writes from another thread or process, see the old file or the new one.
    The file keeps its permissions.  A link stays, and what it points to is replaced; what is no
    regular file, such as a pipe, is written as it is.

    Args:
        path: the file.
        content: what it shall hold; text is encoded as UTF-8.

    Raises:
        OSError: names the path; the file is then as it was.
    """
    name = os.fspath(path)
    content = content.encode() if isinstance(content, str) else content
    try:
        target = resolved(name)
        mode = mode_of(target)
        if mode is None or stat.S_ISREG(mode):
            replace(target, content, mode)
        else:  # a directory raises here
            with open(target, "wb") as file:
                file.write(content)
    except OSError as error:  # which may name the draft
        raise OSError(error.errno, error.strerror or str(error), name) from None


def resolved(name: str) -> str:
    """The path with its links followed; one that goes round in a ring is an OSError."""
    if not os.path.basename(name):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    target = os.path.realpath(name)
    if os.path.islink(target):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def mode_of(target: str) -> int | None:
    """The mode of a file that may be written; None where there is none."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    # Its directory would let it be replaced all the same.
    if not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return mode


def replace(target: str, content: bytes, mode: int | None) -> None:
    """Put a new file in the place of the old one, which had that mode."""
    folder = os.path.dirname(target)
    draft = os.path.join(folder, f".{os.urandom(8).hex()}.tmp")
    # Nobody else may read the draft of a private file; a new file gets what the umask leaves.
    made = os.open(draft, NEW, 0o666 if mode is None else 0o600)
    try:
        with open(made, "wb") as file:
            file.write(content)
            if mode is not None:
                keep_owner(made, target)
                os.chmod(draft, stat.S_IMODE(mode))
            file.flush()
            os.fsync(made)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    sync(folder)


def keep_owner(made: int, target: str) -> None:
    """Give a file the owner and group of another, as far as that is allowed."""
    if hasattr(os, "fchown"):
        old, new = os.stat(target), os.fstat(made)
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            with contextlib.suppress(OSError):
                os.fchown(made, old.st_uid, old.st_gid)


def sync(folder: str) -> None:
    """Bring the folder's new entry to the disk, where the system can; the file itself is there."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
