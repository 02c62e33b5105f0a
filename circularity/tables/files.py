"""Opening a file that somebody else wrote: text in UTF-8, and nothing but a regular file."""

from __future__ import annotations

import errno
import stat
from collections.abc import Mapping
from pathlib import Path

from circularity.errors import FileError, Where, sentence
from circularity.texts import word

# No page or declaration of ours comes near. [bytes]
LARGEST_FILE = 5_000_000
# The first bytes of a zip file, which is what a workbook is; of an old workbook or one with a password; of Parquet.
ZIP, OLE, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
UTF16 = (b"\xff\xfe", b"\xfe\xff")

# What to do about a file that cannot be read, where that is more than to give another.
_ADVICE = {
    "folder": "own_file",
    "not_regular": "own_file",
    "outside": "own_file",
    "vanished": "check_path",
    "workbook": "save_workbook",
    "no_permission": "give_permission",
}


def read_text(
    path: Path, format_: str, largest: int = LARGEST_FILE, shown: str | None = None, inside: Path | None = None
) -> str:
    """The text of a file, without a byte-order mark.

    Parameters
    ----------
    path : Path
        File to read.
    format_ : {"csv", "yaml", "bib", "page"}
        What it should be, for errors.
    largest : int, optional
        Size from which it is refused. [bytes]
    shown : str, optional
        Name of the file in errors; its own name by default.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Raises
    ------
    NotReadable
        If it cannot be read, is too large, or is a folder, a device or a link to something outside `inside`.
    WrongEncoding
        If it is not UTF-8; with the row where that shows.
    """
    name = shown or path.name
    content = file_content(path, name, format_, largest, inside)
    try:
        if content.startswith(UTF16) or b"\x00" in content[:4]:
            raise UnicodeDecodeError("utf-8", content, 0, 1, "UTF-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        where = Where(file=name, row=content[: problem.start].count(b"\n") + 1)
        raise FileError(
            "WrongEncoding", where=where, advice=None if format_ == "csv" else sentence("save_utf8")
        ) from None


def file_content(
    path: Path, shown: str, format_: str, largest: int = LARGEST_FILE, inside: Path | None = None
) -> bytes:
    """The bytes of a file of text; parameters and errors as of `read_text`."""
    where, expected = Where(file=shown), word(format_, "format")
    content = regular_file(path, where, expected, largest, inside).read_bytes()
    if content.startswith(ZIP):
        raise _refusal("workbook", where, expected)
    if not content.strip():
        raise _refusal("empty", where, expected)
    return content


def regular_file(
    path: Path, where: Where, expected: Mapping[str, str], largest: int, inside: Path | None = None
) -> Path:
    """The real path of a file that can be opened.

    Parameters
    ----------
    path : Path
        File.
    where, expected : Where, mapping of str to str
        For errors: its place, and what it should be in words.
    largest : int
        Size from which it is refused. [bytes]
    inside : Path, optional
        Folder that the file must be in, links followed.

    Raises
    ------
    NotReadable
        If it cannot be read, is too large, or is a folder, a device or a link to something outside `inside`.
    """
    try:
        real = path.resolve(strict=True)
        found = real.stat()
        why = None
        if inside is not None and not real.is_relative_to(inside.resolve()):
            why = "outside"
        elif stat.S_ISDIR(found.st_mode):
            why = "folder"
        elif not stat.S_ISREG(found.st_mode):
            why = "not_regular"
        elif found.st_size > largest:
            why = "too_large"
        if why is None:
            real.open("rb").close()  # whether one may, only trying tells
            return real
    except PermissionError:
        raise _refusal("no_permission", where, expected) from None
    except (FileNotFoundError, RuntimeError):  # before Python 3.13, a link to itself is the latter
        raise _refusal("vanished", where, expected) from None
    except OSError as problem:
        said = "vanished" if problem.errno == errno.ELOOP else "refused"
        raise _refusal(said, where, expected, reason=str(problem.strerror)) from None
    raise _refusal(why, where, expected, largest=f"{largest // 1_000_000} MB")


def _refusal(why: str, where: Where, expected: Mapping[str, str], /, **details: str) -> FileError:
    advice = sentence(_ADVICE[why]) if why in _ADVICE else None
    return FileError(
        "NotReadable", where=where, found=sentence(why, "unreadable", **details), expected=expected, advice=advice
    )
