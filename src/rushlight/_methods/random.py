"""The random methods: uniform_, normal_ and the others."""

from __future__ import annotations

from .._random import METHODS
from ._attach import method

for _name, _function in METHODS.items():
    method(_name, _function)
