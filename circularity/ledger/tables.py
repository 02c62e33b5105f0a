"""The tables of a fieldlab, wherever they stand, as cells."""

from __future__ import annotations

from pathlib import Path

from circularity.errors import CircularityError, MissingTable, UnknownTable, Where, sentence
from circularity.ledger.raw import RawTable, read_csv
from circularity.method.load import Method
from circularity.method.names import Names


def raw_tables(
    folder: Path, kind: str | None, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, RawTable], list[Path], set[str]]:
    """The tables that could be read, their files, and the names of tables that are there or should be, but were not."""
    needed = method.settings.kinds[kind].tables if kind else []
    known = [*needed, *method.settings.kinds[kind].optional] if kind else list(method.tables)
    names = Names({t: [method.tables[t].name.nl, method.tables[t].name.en] for t in known})
    found: dict[str, RawTable] = {}
    files: list[Path] = []
    visible = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    other = [p.name for p in visible if p.suffix.lower() != ".csv" and p.name != "fieldlab.yaml"]
    misnamed: set[str] = set()
    for path in (p for p in visible if p.suffix.lower() == ".csv"):
        if path.name.removesuffix(".csv") in known:
            files.append(path)
            table = read_csv(path, path.stem, method.tables[path.stem], faults, folder)
            if table is not None:
                found[path.stem] = table
            continue
        meant = [n for n in names.nearest(path.stem) if not (folder / f"{n}.csv").exists()][:1]
        misnamed.update(meant)
        advice = sentence("rename_file", name=f"{meant[0]}.csv") if meant else None
        faults.append(UnknownTable(where=Where(file=path.name), found=path.stem, expected=known, advice=advice))
    unread = ({p.stem for p in files} | set(needed) | misnamed) - set(found)
    for name in needed:
        if name not in {p.stem for p in files} | misnamed:
            here = [f for f in other if Path(f).stem == name or names.exactly(Path(f).stem) == [name]]
            file = f"{name}.csv"
            advice = sentence("save_as_csv", found=here, name=file) if here else None
            if advice is None and method.tables[name].filled:
                advice = sentence("add_table", name=file)
            faults.append(MissingTable(where=Where(file=file), found=name, expected=file, advice=advice))
    return found, files, unread
