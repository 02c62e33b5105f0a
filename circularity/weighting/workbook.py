"""Reading the workbook of one stakeholder, whatever its language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from circularity.errors import CircularityError, DataError, FileError, WeightingError, Where, sentence
from circularity.ledger.book.sheets import as_table, without_notes
from circularity.ledger.raw import RawTable
from circularity.method.weighting_config import WAYS, ConsensusMethod
from circularity.tables.cells import UNKNOWN, as_text, cleaned, letter
from circularity.tables.suggestions import Names, simplified
from circularity.tables.workbook import Sheet, read_workbook
from circularity.texts import Both, catalogue, word
from circularity.weighting.rows import Row, not_a_number, number, personal

# Keys of the sheet about the respondent, one a row, with its values in the second column.
KEYS = ("respondent", "helix", "role", "way")
VALUE = 1


@dataclass(frozen=True)
class _About:
    """Who answered and how they were asked, and where each of these is."""

    values: Mapping[str, str]
    places: Mapping[str, Where]


def titles(method: ConsensusMethod) -> dict[str, Mapping[str, str]]:
    """The name of every sheet of a workbook of answers, by language."""
    answers = method.rules.tables.answers.name
    return {
        "notes": word("notes", "sheet"),
        "about": word("about", "answer_sheet"),
        "answers": {"nl": answers.nl, "en": answers.en},
        "lists": word("lists", "sheet"),
    }


def rows_of_workbook(
    path: Path, inside: Path, method: ConsensusMethod, faults: list[CircularityError]
) -> Iterator[Row]:
    """The answers in a workbook that `circularity template weights` made and somebody filled in.

    Parameters
    ----------
    path, inside : Path
        The workbook, and the folder it must be in, links followed.
    method : ConsensusMethod
    faults : list of CircularityError
        Takes every fault, with its sheet and cell.

    Raises
    ------
    NotReadable
        If it is not a workbook that can be opened safely.
    """
    found: dict[str, Sheet] = {}
    names = Names({name: list(said.values()) for name, said in titles(method).items()})
    for sheet in read_workbook(path, inside):
        where = Where(file=path.name, sheet=sheet.name)
        meant = names.exactly(sheet.name)
        if not meant and not sheet.empty:
            faults.append(
                WeightingError(
                    "NotASheetOfAnswers", where=where, found=sheet.name, expected=list(titles(method).values())
                )
            )
        elif meant and sheet.hidden and not sheet.empty:
            faults.append(DataError("HiddenSheet", where=where, found=sheet.name))
        elif meant:
            found[meant[0]] = sheet
    for name in ("about", "answers"):
        if name not in found:
            faults.append(WeightingError("NoAnswerSheet", where=Where(file=path.name), found=titles(method)[name]))
    if "about" not in found or "answers" not in found:
        return
    about = _about(found["about"], path.name, method, faults)
    raw = as_table(found["answers"], "answers", path.name, method.rules.tables.answers, {}, faults)
    if about is None or raw is None:
        return
    if not _headings(raw, method, faults):
        return
    way = about.values["way"]
    yield from {"ahp": _pairs, "bwm": _best_worst}.get(way, _points)(raw, about, method, faults)


def _about(sheet: Sheet, file: str, method: ConsensusMethod, faults: list[CircularityError]) -> _About | None:
    names = Names({key: list(word(key, "answer_key").values()) for key in KEYS})
    choices = _choices(method)
    values: dict[str, str] = {}
    places: dict[str, Where] = {}
    before = len(faults)
    for row, cells in enumerate(without_notes(sheet.rows), start=1):
        texts = [cleaned(as_text(cell)) for cell in cells]
        if row == 1 or not any(texts):
            continue
        at = Where(file=file, sheet=sheet.name, row=row, letter="A")
        key = names.exactly(texts[0])
        if not key:
            asks = personal(texts[0], method.rules.personal)
            code = word("respondent_code", "consensus")
            faults.append(
                WeightingError("PersonalData", where=at, found=texts[0], expected=code)
                if asks
                else FileError("UnknownKey", where=at, found=texts[0], advice=sentence("correct_key"))
            )
            continue
        text = texts[VALUE] if len(texts) > VALUE else ""
        places[key[0]] = Where(file=file, sheet=sheet.name, row=row, column=texts[0], letter=letter(VALUE))
        values[key[0]] = "" if text == UNKNOWN else choices.get(key[0], {}).get(simplified(text), text)
    for key_ in KEYS:
        if not values.get(key_) and key_ != "role":
            where = places.get(key_, Where(file=file, sheet=sheet.name))
            faults.append(DataError("EmptyCell", where=where, expected=word(key_, "answer_about")))
    if values.get("way", WAYS[0]) not in WAYS:
        faults.append(WeightingError("NotAChoice", where=places["way"], expected=list(WAYS)))
    return None if len(faults) > before else _About({"role": "", **values}, places)


def _choices(method: ConsensusMethod) -> dict[str, dict[str, str]]:
    """The code for every word that may be chosen, by key."""
    rules = method.rules
    named: dict[str, dict[str, Both]] = {
        "helix": dict(rules.helices),
        "role": dict(rules.roles),
        "way": {str(name): way.name for name, way in rules.ways.items()},
    }
    return {
        key: {simplified(text): code for code, both in codes.items() for text in (code, both.nl, both.en)}
        for key, codes in named.items()
    }


def _headings(raw: RawTable, method: ConsensusMethod, faults: list[CircularityError]) -> bool:
    """Whether the sheet has no other columns than it should."""
    extra = [column for column in raw.cells if column not in method.rules.tables.answers.columns]
    for column in extra:
        faults.append(extra_column(raw, column, method))
    return not extra


def extra_column(raw: RawTable, column: str, method: ConsensusMethod) -> CircularityError:
    """The fault of a column that does not belong in answers."""
    where = raw.in_heading(column)
    if personal(column, method.rules.personal):
        return WeightingError("PersonalData", where=where, found=column, expected=word("respondent_code", "consensus"))
    return DataError("UnknownColumn", where=where, found=column)


class _Sheet:
    """The cells of the sheet of answers, by row and column."""

    def __init__(self, raw: RawTable, about: _About, faults: list[CircularityError]) -> None:
        self.raw, self.about, self.faults = raw, about, faults

    def text(self, position: int, column: str) -> str:
        if column not in self.raw.cells:
            return ""
        text = str(self.raw.cells[column].iloc[position])
        return "" if text == UNKNOWN else text

    def number(self, position: int, column: str) -> float | None:
        """The number in a cell that holds something; a fault when it is none."""
        text = self.text(position, column)
        value = number(text)
        if value is None:
            self.faults.append(not_a_number(self.raw.where(position, column), text))
        return value

    def row(self, position: int, value: float, column: str, **more: str) -> Row:
        """A row of answers whose value is in a column of this row."""
        columns = {"value": column, "part": "mark"}

        def at(name: str) -> Where:
            if name in self.about.places:
                return self.about.places[name]
            return self.raw.where(position, columns.get(name, name))

        item = {"item": self.text(position, "item"), "other": self.text(position, "other"), "part": "", **more}
        who = {key: self.about.values[key] for key in KEYS}
        return Row(node=self.text(position, "node"), value=value, at=at, **who, **item)

    def nodes(self) -> dict[str, list[int]]:
        """The positions of the rows of every node."""
        found: dict[str, list[int]] = {}
        for position in range(len(self.raw.rows)):
            found.setdefault(self.text(position, "node"), []).append(position)
        return found


def _pairs(raw: RawTable, about: _About, method: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    sheet = _Sheet(raw, about, faults)
    sides = {"a": 1, "b": -1, **{simplified(text): 0 for text in ("=", *word("equal", "answer_word").values())}}
    for position in range(len(raw.rows)):
        more, text = sheet.text(position, "more"), sheet.text(position, "value")
        if not more and not text:
            continue
        side = sides.get(simplified(more)) if more else None
        if more and side is None:
            expected = [{"nl": "A", "en": "A"}, {"nl": "B", "en": "B"}, word("equal", "answer_word")]
            faults.append(WeightingError("NotAChoice", where=raw.where(position, "more"), expected=expected))
            continue
        value = 1.0 if side == 0 and not text else sheet.number(position, "value")
        if value is None:
            continue
        if not 1 <= value <= method.rules.ahp.scale or (side == 0 and value != 1):
            high = 1 if side == 0 else method.rules.ahp.scale
            expected_ = sentence("between", "bounds", low=1, high=f"{high:g}")
            faults.append(
                WeightingError("OffScale", where=raw.where(position, "value"), found=text, expected=expected_)
            )
            continue
        if side is None and value != 1:
            where = raw.where(position, "more")
            faults.append(
                DataError("EmptyCell", where=where, expected=method.rules.tables.answers.columns["more"].meaning)
            )
            continue
        yield sheet.row(position, 1 / value if side == -1 else value, "value")


def _best_worst(raw: RawTable, about: _About, method: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    sheet = _Sheet(raw, about, faults)
    marks = {
        simplified(text): name for name in ("best", "worst") for text in (name, *word(name, "answer_word").values())
    }
    words = [catalogue()["answer_word"][name] for name in ("best", "worst")]
    for positions in sheet.nodes().values():
        if not any(sheet.text(p, c) for p in positions for c in ("mark", "from_best", "to_worst")):
            continue
        ends: dict[str, list[str]] = {"best": [], "worst": []}
        for position in positions:
            mark = sheet.text(position, "mark")
            if mark and simplified(mark) not in marks:
                faults.append(WeightingError("NotAChoice", where=raw.where(position, "mark"), expected=words))
            elif mark:
                ends[marks[simplified(mark)]].append(sheet.text(position, "item"))
        yield from _marked(sheet, positions, ends)


def _marked(sheet: _Sheet, positions: list[int], ends: Mapping[str, list[str]]) -> Iterator[Row]:
    """The judgements of one node; where more than one item is marked each gets a row, so that this becomes a fault."""
    for position in positions:
        item = sheet.text(position, "item")
        for column, part in (("from_best", "best"), ("to_worst", "worst")):
            itself = item in ends[part]
            if not sheet.text(position, column) and not itself:
                continue
            # The most important is once as important as itself: nobody need write that.
            value = 1.0 if itself and not sheet.text(position, column) else sheet.number(position, column)
            if value is None:
                continue
            for end in ends[part] or [item]:
                pair = {"item": end, "other": item} if part == "best" else {"item": item, "other": end}
                yield sheet.row(position, value, column, part=part, **pair)


def _points(raw: RawTable, about: _About, method: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    sheet = _Sheet(raw, about, faults)
    for position in range(len(raw.rows)):
        if sheet.text(position, "value"):
            value = sheet.number(position, "value")
            if value is not None:
                yield sheet.row(position, value, "value", other="")
