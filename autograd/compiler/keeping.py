"""Files that spare later processes work: `read(name)` what `write(name, content)` has kept.

Anyone may delete them at any time, and a file that is damaged is no file. What is in them will be
run: one that belongs to neither this user nor the system's is no file either.
"""

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

# A file is this, the SHA-256 of the content, and the content.
_MAGIC = b"autograd object\n"


def folder() -> Path | None:
    """AUTOGRAD_CACHE, or where this platform keeps what can be made again; None without a home."""
    chosen = os.environ.get("AUTOGRAD_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    place = Path(os.path.expanduser(base)) / "autograd"
    # "~" stays as it is where there is no home: a folder of wherever the process happens to be.
    return place if place.is_absolute() else None


def read(name: str) -> bytes | None:
    """What is kept under this name; None if there is nothing, or not all of it."""
    place = folder()
    if place is None:
        return None
    try:
        with open(place / name, "rb") as file:
            content = file.read() if _is_ours(os.fstat(file.fileno())) else b""
    except OSError:
        return None
    start = len(_MAGIC) + hashlib.sha256().digest_size
    kept = content[start:]
    return kept if content[:start] == _MAGIC + hashlib.sha256(kept).digest() else None


def _is_ours(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or status.st_uid in (os.geteuid(), 0)


def write(name: str, content: bytes) -> None:
    """Keep it; readers see the old file or the whole new one. Failure costs only time."""
    place = folder()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place, delete=False) as file:
            try:
                file.write(_MAGIC + hashlib.sha256(content).digest() + content)
                file.close()
                os.replace(file.name, place / name)
            except BaseException:
                os.unlink(file.name)
                raise
