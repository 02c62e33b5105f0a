"""Documents of LibreOffice made on the spot."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
FAR = (
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)
KIND = "application/vnd.oasis.opendocument.spreadsheet"


def cell(value: object) -> str:
    """A cell; text that begins with < is taken as it is."""
    if isinstance(value, str) and value.startswith("<"):
        return value
    if value in (None, ""):
        return "<table:table-cell/>"
    if isinstance(value, (int, float)):
        about, text = f'office:value-type="float" office:value="{value}"', str(value)
    else:
        about, text = 'office:value-type="string"', escape(str(value))
    return f"<table:table-cell {about}><text:p>{text}</text:p></table:table-cell>"


def write_ods(path: Path, sheets: Mapping[str, Sequence[Sequence[object]] | str]) -> Path:
    """A document with a table for each sheet: rows of cells, or XML of rows."""
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMES.items())
    tables = ""
    for name, rows in sheets.items():
        inner = (
            rows
            if isinstance(rows, str)
            else "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows) + FAR
        )  # as LibreOffice fills a sheet
        tables += f'<table:table table:name="{escape(name)}">{inner}</table:table>'
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as document:
        document.writestr("mimetype", KIND)
        entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}"/>'
        uri = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        manifest = f'<manifest:manifest xmlns:manifest="{uri}">{entry}</manifest:manifest>'
        document.writestr("META-INF/manifest.xml", manifest)
        document.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return path
