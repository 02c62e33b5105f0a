"""YAML is read as plain data or refused by name."""

import os
from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.readers import read_yaml
from tests.faults import raises


@pytest.mark.parametrize(
    ("text", "error", "row"),
    [
        ("a: !!python/object/apply:os.system ['true']", "YamlTag", 1),
        ("a: !!python/name:os.system", "YamlTag", 1),
        ("b: 1\na: !custom x", "YamlTag", 2),
        ("a: &x [1]\nb: *x", "YamlTag", 2),
        ("a: 1\nb: &x [1]", "YamlTag", 2),
        ("a: 1\nb: 2\na: 3", "YamlDuplicateKey", 3),
        ("a: [1, 2", "YamlSyntax", 2),
        ("a: b: c", "YamlSyntax", 1),
        ("? [a, b]\n: c", "YamlTag", 1),
        ("just text", "WrongValue", None),
        ("", "NotReadable", None),
        ("# a comment", "WrongValue", None),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_line(
    text: str, error: str, row: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with raises(error) as caught:
        read_yaml(path)
    assert caught.value.where.file == "x.yaml"
    if row is not None:
        assert caught.value.where.row in (row, row - 1)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe\x00a")
    with raises("WrongEncoding"):
        read_yaml(path)
    with raises("NotReadable"):
        read_yaml(tmp_path / "absent.yaml")


def test_a_date_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("date: 2026-11-24", encoding="utf-8")
    assert read_yaml(path) == {"date": "2026-11-24"}


def test_deep_nesting_does_not_break_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: " + "[" * 5000, encoding="utf-8")
    with pytest.raises(CircularityError):
        read_yaml(path)


def test_who_changes_what_was_read_changes_it_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: {b: [1, 2]}", encoding="utf-8")
    first = read_yaml(path)
    assert isinstance(first, dict)
    first["a"]["b"].append(3)
    assert read_yaml(path) == {"a": {"b": [1, 2]}}


def test_a_file_that_was_changed_is_read_again_at_the_same_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    for text in ("a: 1", "a: 2"):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (0, 0))
        assert read_yaml(path) == {"a": int(text[-1])}
