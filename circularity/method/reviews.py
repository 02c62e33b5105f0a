"""Findings of reviewing institutions: what they found, how bad it is, what was answered, where it was settled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.declarations import Date, read_model
from circularity.method.fault_helpers import expected
from circularity.method.model import Method, by_number
from circularity.method.readers import read_yaml

Severity = Literal["error", "unclear", "wish"]
FILE = re.compile(r"\d{4}-[a-z0-9-]+\.yaml")


class Review(BaseModel):
    """A file of ``reviews/``: one finding of one institution."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    institution: str = Field(min_length=1)
    date: Date
    about: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    severity: Severity
    finding: str = Field(min_length=1)
    answer: str | None = None
    settled_in: str | None = Field(default=None, pattern=r"^\d+\.\d+\.\d+$")


@dataclass(frozen=True)
class Finding:
    """One finding with the number of its file."""

    number: str
    institution: str
    date: str
    about: str
    version: str
    severity: str
    finding: str
    answer: str
    settled_in: str

    @property
    def open(self) -> bool:
        """Whether nothing was answered or settled yet."""
        return not (self.answer and self.settled_in)


def check_reviews(method: Method) -> Iterator[CircularityError]:
    """Every finding of a reviewer is complete, and is about something that is there."""
    faults: list[CircularityError] = []
    read_reviews(method, faults)
    yield from faults


def read_reviews(method: Method, faults: list[CircularityError] | None = None) -> list[Finding]:
    """The findings of ``reviews/``, in the order of their numbers.

    Parameters
    ----------
    method : Method
    faults : list of CircularityError, optional
        Takes what is wrong; without it the first fault is raised.
    """
    found = []
    problems: list[CircularityError] = [] if faults is None else faults
    for path in sorted((method.root / "reviews").glob("*.yaml")):
        file = f"reviews/{path.name}"
        if not FILE.fullmatch(path.name):
            problems.append(
                FileError("WrongValue", where=Where(file=file), found=path.name, expected="NNNN-institution.yaml")
            )
            continue
        try:
            review = read_model(Review, read_yaml(path, file), file, faults=problems)
        except CircularityError as problem:
            problems.append(problem)
            continue
        if review is None:
            continue
        problems += _links(method, review, file)
        said = review.model_dump()
        texts = {k: said[k] or "" for k in ("answer", "settled_in")}
        found.append(Finding(number=path.name[:4], **{**said, **texts}))
    if faults is None and problems:
        raise problems[0]
    return found


def _links(method: Method, review: Review, file: str) -> list[CircularityError]:
    """What a finding names that is not there."""
    faults: list[CircularityError] = []
    is_file = bool(re.fullmatch(r"[\w./-]+", review.about)) and (method.root / review.about).is_file()
    if review.about not in method.indicators and (".." in review.about or not is_file):
        known = sorted(method.indicators)
        faults.append(
            MethodError(
                "UndefinedName", where=Where(file=file, key="about"), found=review.about, expected=known, formula=""
            )
        )
    for key, version in (("version", review.version), ("settled_in", review.settled_in)):
        if version and by_number(version) > by_number(method.version):
            wanted = expected("not_later", version=method.version)
            faults.append(FileError("WrongValue", where=Where(file=file, key=key), found=version, expected=wanted))
    if review.settled_in and not review.answer:
        faults.append(
            FileError("WrongValue", where=Where(file=file, key="answer"), found="", expected=expected("answer"))
        )
    return faults
