"""Whole conversations as files: `.rtw`, a zip of Parquet tables, JSON Lines events and FLAC sound.

What is in it, and how to read it without this package, is in the README beside this file. Who reads a file
trusts nothing in it: sizes are bounded before anything is unpacked, checksums are compared before a library
sees a byte, no name in it becomes a path, and nothing in it is ever run.
"""

from .manifest import FORMAT_VERSION
from .reading import DamagedFileWarning, read_archive
from .writing import SUFFIX, write_archive

__all__ = ["FORMAT_VERSION", "SUFFIX", "DamagedFileWarning", "read_archive", "write_archive"]
