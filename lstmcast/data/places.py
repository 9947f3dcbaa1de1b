"""Which files a path stands for: itself, all tables of a folder, or all that a pattern matches."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from lstmcast.errors import DataError

KINDS = ("csv", "tsv", "tab", "psv", "txt", "jsonl", "ndjson", "json", "parquet", "pq")
TABLE = re.compile(rf"(?i)[^._].*\.({'|'.join(KINDS)})(\.(gz|bz2|zst|lz4))?")
ENDINGS = re.compile(rf"(?i)(\.({'|'.join(KINDS)}))?(\.(gz|bz2|zst|lz4))?$")


def several_files(source: str | Path) -> list[Path] | None:
    """Return the files in a folder or under a pattern such as `sales/*.csv`, sorted; else None.

    In a folder only what is named like a table counts; folders in it do not.

    Raises:
        DataError: there is none.
    """
    path = Path(source)
    if path.is_dir():
        found = [each for each in path.iterdir() if each.is_file() and TABLE.fullmatch(each.name)]
        if not found:
            raise DataError(
                f"{source}: there is no table in this folder: none of its files is named like one "
                f"(.{', .'.join(KINDS)}, packed or not)."
            )
        return sorted(found)
    if not glob.has_magic(str(source)) or path.exists():
        return None
    found = [each for each in map(Path, glob.glob(str(source))) if each.is_file()]  # noqa: PTH207 - takes absolute patterns too
    if not found:
        raise DataError(f"{source}: no file matches this pattern.")
    return sorted(found)


def series_names(paths: list[Path]) -> list[str]:
    """Name series after their files, without endings unless two would be named alike."""
    stems = [ENDINGS.sub("", path.name) for path in paths]
    return stems if len(set(stems)) == len(stems) else [path.name for path in paths]
