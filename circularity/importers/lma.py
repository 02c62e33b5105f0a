"""Reports of receipt to the LMA (ontvangstmelding) made into a fieldlab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import CircularityError, DataError, DataFaults, ImporterError, Where, check_argument, meant
from circularity.importers import folder as out
from circularity.importers import lma_cleaning, lma_parties
from circularity.importers.encoded import EncodedColumn, mixed_keys
from circularity.importers.import_report import ImportReport, Notice, write_csv
from circularity.importers.lma_parties import Receipts
from circularity.importers.lma_rules import FILE, LmaRules, materials_by_eural, read_rules
from circularity.method.load import Method, load_method
from circularity.tables.cells import UNKNOWN
from circularity.tables.read_source import read_source
from circularity.tables.source_table import Format, SourceTable

# Columns that the ledger is made of; the others only decide whether a row is kept.
USED = (
    "number", "owner", "owner_postcode", "processor", "processor_postcode", "receiver", "receiver_postcode",
    "site_postcode", "route", "eural", "processing", "month",
)  # fmt: skip
PARTIES = ("owner", "processor", "receiver")
READINGS = ("code", "chapter", "any", "never")


@dataclass(frozen=True)
class Used:
    """What the ledger is made of: the rows kept, column by column.

    Attributes
    ----------
    text : dict of str to EncodedColumn
        Columns by the names of the rules.
    period, grams : array of int
    owner, processor, receiver : EncodedColumn
        Parties, numbered alike in all three.
    file, row : array of int
        Where each row is from.
    """

    text: dict[str, EncodedColumn]
    period: npt.NDArray[np.int64]
    grams: npt.NDArray[np.int64]
    owner: EncodedColumn
    processor: EncodedColumn
    receiver: EncodedColumn
    file: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]


def import_lma(
    files: Sequence[str | Path],
    folder: str | Path,
    *,
    method: Method | None = None,
    lang: str = "en",
    id_: str | None = None,
    name: str | None = None,
    variant: str | None = None,
    form: out.Form = "auto",
    format_: Format | None = None,
) -> out.Imported:
    """Reports of receipt, cleaned by the rules of the method, as a fieldlab of kind `region`.

    Parameters
    ----------
    files : sequence of str or Path
        Exports in the layout of the ontvangstmelding (69 columns), as CSV or workbook.
    folder : str or Path
        Folder to write: ``fieldlab.yaml``, ``organisations.csv``, ``partners.csv``, ``measurements.csv`` (empty),
        ``flows.csv`` or ``flows/``, ``rejects.csv``, ``import.json``.
    method : Method, optional
        The installed method by default; its ``intake/lma.yaml`` holds every rule and number.
    lang : {"nl", "en"}
        Language of the reasons.
    id_, name : str, optional
        Of the fieldlab; from the name of the folder by default.
    variant : str, optional
        Other limits, by their name in the rules.
    form : {"auto", "csv", "parquet"}
        Form of the flows.
    format_ : Format, optional
        How the files are written, where that cannot be found out.

    Returns
    -------
    Imported
        With the report: rows in are rows kept and rows rejected.

    Raises
    ------
    NotReadable, NoRows, HeadingElsewhere, NoWantedHeading, MissingColumn
        If a file is not such an export; `DataFaults` where it lacks several columns.
    AllRejected
        If no row is left; the rejects are written.
    FolderInUse, CannotWrite
        If the folder cannot be written.
    """
    check_argument("files", files, list, tuple)
    for file in files:
        check_argument("files", file, str, Path)
    check_argument("folder", folder, str, Path)
    method, target = method or load_method(), Path(folder)
    rules = read_rules(method)
    limits = rules.with_variant(variant)
    out.check_folder(target)
    given = format_ or Format()
    needed = [heading for key, heading in rules.columns.items() if key not in rules.optional]
    sources = [read_source(Path(file), given, set(rules.columns.values()), needed) for file in files]
    for source in sources:
        _check_columns(source, needed, rules)
    report = ImportReport(lang, rows_in=sum(source.rows_in for source in sources))
    for source in sources:
        report.reject_ragged(source)
    rows = lma_cleaning.read_rows(sources, rules)
    kept = lma_cleaning.clean(rows, sources, rules, limits, given, method, report)
    lost = report.rejected_sums(sources, rows.kg)
    report.close(len(kept))
    content: dict[str, Any] = {
        "import": "lma",
        **report.as_dict(),
        "files": [
            {"file": s.file, "sheet": s.sheet, "sha256": s.digest, "rows": s.rows_in, **s.written_as} for s in sources
        ],
        "settings": {"rules": FILE, "method": method.version, "variant": variant, "limits": limits}
        | {"handled": rules.handling.handed_on, "chapters": rules.handling.chapters},
    }
    if not len(kept):
        out.write_report(target, content, report)
        raise ImporterError("AllRejected", where=Where(file=target.name), found=report.rows_in, expected=out.REJECTS)
    files_ = [source.file for source in sources]
    content |= _write(target, rows, kept, files_, rules, method, report, out.safe_id(id_, target), name, form)
    content["mass"] |= {
        "kept_kg": float(rows.kg[kept].sum()),
        "rejected_kg": sum(lost.values()),
        "rejected_kg_by_reason": lost,
    }
    content["warnings"] = report.as_dict()["warnings"]
    out.write_report(target, content, report)
    return out.Imported(target, report, content)


def _check_columns(source: SourceTable, needed: Sequence[str], rules: LmaRules) -> None:
    faults: list[CircularityError] = [
        DataError(
            "MissingColumn",
            where=source.where(),
            found=heading,
            expected=rules.name,
            hint=meant(heading, source.heading),
        )
        for heading in needed
        if heading not in source.heading
    ]
    if faults:
        raise faults[0] if len(faults) == 1 else DataFaults(faults)


def _write(
    folder: Path,
    rows: lma_cleaning.ReceiptRows,
    kept: npt.NDArray[np.int64],
    files: Sequence[str],
    rules: LmaRules,
    method: Method,
    report: ImportReport,
    id_: str,
    name: str | None,
    form: out.Form,
) -> dict[str, Any]:
    """Write the tables of the fieldlab; gives what import.json says of them."""
    if not out.fits(float(rows.kg[kept].sum())):
        raise DataError("MassRange", found=f"{rows.kg[kept].min():.6g} kg", expected=f"{rows.kg[kept].sum():.6g} kg")
    used = _used(rows, kept, rules)
    text, period, grams, owner, processor = used.text, used.period, used.grams, used.owner, used.processor
    eural = text["eural"]
    chapters = eural.mapped(lambda values: pc.utf8_slice_codeunits(values, 0, 2))
    secondary = chapters.where(pc.is_in(chapters.values, pa.array(rules.handling.chapters, pa.string())))
    receipts = Receipts(
        owner.codes, processor.codes, used.receiver.codes, eural.codes, chapters.codes, secondary, period, grams
    )
    by_reading = {reading: receipts.handed_on(reading) for reading in READINGS}
    handled = by_reading[rules.handling.handed_on]
    route = text["route"].where(pc.equal(pc.utf8_upper(text["route"].values), rules.route.yes.upper()))
    flows = _flows(used, handled, route, rules, method)
    flows = flows.append_column("source", _sources(used, files))
    used_form = out.write_flows(folder, flows, form)
    own = _members(owner, ~handled, "o", text["owner"])
    partners = _members(owner, handled, "h", text["owner"]) | _members(
        processor, np.ones(len(handled), dtype=bool), "h", text["processor"]
    )
    for table, members in (("organisations", own), ("partners", partners)):
        write_csv(_members_table(table[:-1], members, rules.name.en), folder / f"{table}.csv")
    if not (folder / "measurements.csv").is_file():  # whoever filled it in keeps it
        heading = pa.table({c: pa.array([], pa.string()) for c in ("entity", "period", "quantity", "value", "unit")})
        write_csv(heading, folder / "measurements.csv")
    periods = [int(year) for year in np.unique(period)]
    out.write_description(folder, _description(id_, name, periods, rules))
    if route.any():
        report.warnings.append(Notice("route", int(route.sum())))
    mass = {
        "generated_kg": _kg(grams[~handled]),
        "handed_on_kg": _kg(grams[handled]),
        "handed_on_kg_by_reading": {reading: _kg(grams[mask]) for reading, mask in by_reading.items()},
        "secondary_kg": _kg(grams[secondary]),
        "handed_on_beyond_received_kg": receipts.beyond_received(handled) / out.UNITS_PER_KG,
        "route_collection_kg": _kg(grams[route]),
    }
    result = {"fieldlab": id_, "periods": periods, "organisations": len(own), "partners": len(partners)}
    about_flows = {"flows": len(period), "handed_on": int(handled.sum()), "form": used_form}
    return {"mass": mass, "result": {**result, **about_flows}}


def _kg(grams: npt.NDArray[np.int64]) -> float:
    return int(grams.sum()) / out.UNITS_PER_KG


def _used(rows: lma_cleaning.ReceiptRows, kept: npt.NDArray[np.int64], rules: LmaRules) -> Used:
    """The rows kept; the same party has the same number as owner, processor and receiver."""
    text = {key: rows.texts[key].take(kept) for key in USED}
    forms = rules.names.legal_forms
    found = [lma_parties.parties(text[who], text[f"{who}_postcode"], forms) for who in PARTIES]
    keys = pa.concat_arrays([party.values for party in found]).dictionary_encode()
    places = np.append(np.asarray(keys.indices, dtype=np.int64), -1)
    starts = np.cumsum([0, *(len(party.values) for party in found)])
    owner, processor, receiver = (
        EncodedColumn(keys.dictionary, places[np.where(party.codes < 0, len(places) - 1, party.codes + start)])
        for party, start in zip(found, starts[:-1], strict=True)
    )
    grams = np.rint(rows.kg[kept] * out.UNITS_PER_KG).astype(np.int64)
    return Used(text, rows.year[kept], grams, owner, processor, receiver, rows.file[kept], rows.row[kept])


def _flows(
    used: Used, handled: npt.NDArray[np.bool_], route: npt.NDArray[np.bool_], rules: LmaRules, method: Method
) -> pa.Table:
    """The rows of the table `flows`."""
    owner, period = used.owner, used.period
    organisation, partner = (lma_parties.codes(owner.values, prefix) for prefix in ("o", "h"))
    names = pa.concat_arrays([organisation, partner])
    given = EncodedColumn(names, np.where(handled, owner.codes + len(organisation), owner.codes))
    roles = EncodedColumn(pa.array([rules.roles.generated, rules.roles.handled]), handled.astype(np.int64))
    eural, processing = used.text["eural"], used.text["processing"]
    material = materials_by_eural(method)
    destinations = method.vocabularies["processing"].table["destinations"].str.split()
    # A processing method with one destination says where the waste went; the others leave it unknown.
    leads = {code: places[0] if len(places) == 1 else UNKNOWN for code, places in destinations.items()}
    columns: dict[str, Any] = {
        "period": pa.array(period.astype(np.int32)),
        "from": given.array(),
        "to": EncodedColumn(partner, used.processor.codes).array(),
        "role": roles.array(),
        "material": _looked_up(eural, {c: material.get(c, UNKNOWN) for c in eural.values.to_pylist()}).array(),
        "mass": pa.array(used.grams),
    }
    destination = _looked_up(processing, {c: leads.get(c, UNKNOWN) for c in processing.values.to_pylist()})
    columns["destination"] = EncodedColumn(destination.values, np.where(handled, -1, destination.codes)).array()
    columns["eural"], columns["processing"] = eural.array(), processing.array()
    for score, quality in rules.quality.items():
        value = np.full(len(period), quality.value, dtype=np.int8)
        columns[score] = pa.array(np.where(route & (score == "geographical"), rules.route.geographical, value))
    return pa.table(columns)


def _looked_up(column: EncodedColumn, table: dict[str, str]) -> EncodedColumn:
    return column.mapped(lambda values: pa.array([table[value] for value in values.to_pylist()], pa.string()))


def _sources(used: Used, files: Sequence[str]) -> pa.Array:
    """Where each row comes from: number of the waste stream, month, and the postcode of its origin.

    Rows that differ only in what the ledger does not hold, such as the number of loads, also name their row.
    """
    text, period = used.text, used.period
    month, site = text["month"], text["site_postcode"].mapped(lma_parties.plain_postcodes)
    parts = [
        pa.array(["LMA"] * len(period)),
        pc.fill_null(text["number"].plain(), "-"),
        pc.binary_join_element_wise(
            pc.cast(pa.array(period), pa.string()), pc.utf8_lpad(pc.fill_null(month.plain(), ""), 2, "0"), "-"
        ),
        pc.fill_null(site.plain(), "-"),
    ]
    sources = pc.binary_join_element_wise(*parts, " ")
    columns = [text[key] for key in ("number", "eural", "processing")]
    codes = [column.codes for column in (*columns, month, site, used.owner, used.processor)]
    alike = pd.Series(mixed_keys([*codes, period, used.grams])).duplicated().to_numpy()
    if not alike.any():
        return sources
    named = zip(
        sources.filter(pa.array(alike)).to_pylist(), used.file[alike].tolist(), used.row[alike].tolist(), strict=True
    )
    row = [f"{text}, {files[file]} row {row}" for text, file, row in named]
    return pc.replace_with_mask(sources, pa.array(alike), pa.array(row, pa.string()))


def _members(party: EncodedColumn, rows: npt.NDArray[np.bool_], prefix: str, names: EncodedColumn) -> dict[str, str]:
    """The parties of some rows: their names by their code."""
    at = np.flatnonzero(rows & (party.codes >= 0))
    used = np.unique(party.codes[at])
    written = lma_parties.written_names(names.take(at), party.take(at))
    found = lma_parties.codes(party.values.take(pa.array(used)), prefix).to_pylist()
    return {code: written[place] for code, place in zip(found, used.tolist(), strict=True)}


def _members_table(column: str, members: dict[str, str], source: str) -> pa.Table:
    codes = sorted(members)
    return pa.table(
        {
            column: pa.array(codes, pa.string()),
            "name": pa.array([members[code] for code in codes], pa.string()),
            "municipality": pa.array([UNKNOWN] * len(codes), pa.string()),
            "source": pa.array([source] * len(codes), pa.string()),
        }
    )


def _description(id_: str, name: str | None, periods: list[int], rules: LmaRules) -> dict[str, Any]:
    both = {lang: getattr(rules.name, lang) for lang in ("nl", "en")}
    licence = rules.licence
    return {
        "id": id_,
        "kind": "region",
        "nature": "fieldlab",
        "name": {lang: name or f"{text} ({id_})" for lang, text in both.items()},
        "about": both,
        "municipality": UNKNOWN,
        "periods": periods,
        "sources": [{"title": both["nl"], "by": rules.publisher, "year": periods[-1], "licence": licence.nl}],
        "licence": licence.en,
        "confidentiality": "confidential",
        "caveats": [{"nl": c.nl, "en": c.en} for c in rules.caveats],
    }
