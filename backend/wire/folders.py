"""What to do about a folder that cannot be written, told the same on both sides."""

from __future__ import annotations

import errno

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def folder_remedy(error: OSError) -> str:
    """The end of a sentence about a folder in which `error` keeps us from writing."""
    if error.errno in FULL_DISK:
        return "free some disk space, or choose a folder on another disk"
    if error.errno in _FORBIDDEN:
        return "choose a folder that you may write to"
    if error.errno == errno.ENAMETOOLONG:
        return "choose a folder with a shorter path"
    return "choose another folder"
