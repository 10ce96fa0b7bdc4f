"""Version strings that compare by their numbers."""

from __future__ import annotations

import re
from typing import Any


def _release(version: Any) -> tuple[int, ...]:
    """The numbers of a version, without trailing zeros and without what follows them (rc1, +cpu)."""
    if isinstance(version, (tuple, list)):
        numbers = [int(n) for n in version if not isinstance(n, str) or n.isdigit()]
    else:
        match = re.match(r"\s*v?(\d+(?:\.\d+)*)", str(version))
        if match is None:
            raise ValueError(f"{version!r} is no version: it should begin with numbers, such as 2.1")
        numbers = [int(n) for n in match.group(1).split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


class TorchVersion(str):
    """A version as text that compares by its numbers, with strings and tuples.

    Example:
        >>> torch.torch_version.TorchVersion("2.13.0+rushlight") >= "2.9"
        True
        >>> torch.torch_version.TorchVersion("2.13.0+rushlight") >= (2, 14)
        False
    """

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return _release(self) < _release(other)

    def __le__(self, other: Any) -> bool:
        return _release(self) <= _release(other)

    def __gt__(self, other: Any) -> bool:
        return _release(self) > _release(other)

    def __ge__(self, other: Any) -> bool:
        return _release(self) >= _release(other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (str, tuple, list)):
            return NotImplemented
        try:
            return (
                str.__eq__(self, other)
                if isinstance(other, str) and "+" in other
                else _release(self) == _release(other)
            )
        except ValueError:
            return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


__all__ = ["TorchVersion"]
