"""Errors that state a fact in their text and say what to do below it.

Programs print `str(error)`, and where PyTorch's text is a plain statement of a fact they are to print the same here.
What to do about it is a note of the exception (PEP 678): Python shows it under the message of an error that nobody
caught, where it is of use.
"""

from __future__ import annotations

from typing import TypeVar

_E = TypeVar("_E", bound=Exception)


def hinted(error: _E, hint: str) -> _E:
    """An error with a hint below its message.

    Args:
        error: the error, whose text is the fact.
        hint: what to do about it.

    Returns:
        the error.

    Example:
        >>> error = hinted(ValueError("the list is empty"), "give at least one tensor")
        >>> str(error), error.__notes__
        ('the list is empty', ['give at least one tensor'])
    """
    error.add_note(hint)
    return error
