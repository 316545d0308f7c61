"""A workbook's file, looked at before anything reads it: small, harmless, really a workbook.

An .xlsx file is a zip of XML parts. Everything here bounds what reading it may cost: sizes and
counts before parsing, no document types (so no entities), no macros, no links to other files.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.findings import Finding, WorkbookFault

MAX_FILE_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 40_000_000
MAX_PARTS = 1_000
MAX_TAGS = 500_000
MAX_RATIO = 300

_SAVE_AS_XLSX = "Open it in Excel and save it as 'Excel Workbook (*.xlsx)', without a password."
_TEMPLATE = "Start from the blank workbook: fulfillment-bridge mapping template."
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCODING = re.compile(rb"""\A<\?xml[^>]{0,80}?encoding\s*=\s*["']([^"']{0,40})["']""")


def read_bytes(source: bytes | Path) -> bytes:
    """The file's bytes; refused where it is too large, UserError where it cannot be read."""
    if isinstance(source, bytes):
        content = source
    else:
        try:
            with source.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise UserError(f"{source} cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise refused(f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB", _TEMPLATE)
    return content


def check_package(content: bytes) -> None:
    """Refuse, with a reason a person understands, whatever is not a plain workbook."""
    _check_kind(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _check_parts(package)
            _check_contents(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise refused("the file is damaged or protected by a password", _SAVE_AS_XLSX) from error


def refused(message: str, remedy: str = "") -> WorkbookFault:
    """The fault of a file as a whole."""
    return WorkbookFault(
        f"this file cannot be used: {message}",
        [Finding("fault", "", "", message)],
        remedy=remedy or "Check the file and try again.",
    )


def _check_kind(content: bytes) -> None:
    if not content:
        raise refused("the file is empty", _TEMPLATE)
    if content.startswith(_OLD_OFFICE):
        raise refused(
            "it is in the old Excel format (.xls) or protected by a password", _SAVE_AS_XLSX
        )
    if not content.startswith(b"PK"):
        raise refused("it is not an Excel workbook (.xlsx)", _SAVE_AS_XLSX)


def _check_parts(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        other = " but another kind of document" if "[Content_Types].xml" in names else ""
        raise refused(f"it is not an Excel workbook (.xlsx){other}", _SAVE_AS_XLSX)
    if len(parts) > MAX_PARTS or len(names) != len(parts):
        raise refused("it is packed in a way that Excel never packs a workbook")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or any(map(_is_bomb, parts)):
        raise refused(
            f"it unpacks to {unpacked // 1_000_000} MB, far too many rows or cells for a mapping",
            "Delete the empty rows below the tables (select them, right-click, Delete) and save.",
        )
    _check_names(names)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > 4_000_000 and part.file_size > MAX_RATIO * max(1, part.compress_size)


def _check_names(names: set[str]) -> None:
    lowered = {name.lower() for name in names}
    if any("vbaproject" in name or "macrosheets" in name for name in lowered):
        raise refused("it contains macros", _SAVE_AS_XLSX)
    if any(name.startswith("xl/externallinks/") for name in lowered):
        raise refused(
            "it has links to other files",
            "In Excel: Data, Edit Links, Break Link; then save it.",
        )
    if any("activex" in name or name.startswith("xl/embeddings/") for name in lowered):
        raise refused("it has other documents or controls embedded", "Delete them and save it.")


def _check_contents(package: zipfile.ZipFile) -> None:
    tags = 0
    for part in package.infolist():
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            content = package.read(part)
            _check_xml(part.filename, content)
            tags += content.count(b"<")
    if tags > MAX_TAGS:
        raise refused(
            "it has far too many rows or cells for a mapping",
            "Delete the empty rows below the tables (select them, right-click, Delete) and save.",
        )


def _check_xml(name: str, content: bytes) -> None:
    """No document type and no encoding that could hide one."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:400]
    encoding = _ENCODING.match(start)
    usual = encoding is None or encoding.group(1).lower() in (b"utf-8", b"utf8", b"us-ascii")
    if not start.startswith(b"<") or b"\0" in start or not usual:
        raise refused(f"its part {name} is not written the way Excel writes it", _SAVE_AS_XLSX)
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise refused(f"its part {name} defines entities, which Excel never does", _SAVE_AS_XLSX)
    if b"macroEnabled" in content and name == "[Content_Types].xml":
        raise refused("it is a workbook for macros (.xlsm)", _SAVE_AS_XLSX)
