"""Helpers for parameters, gradients and sequences."""

from __future__ import annotations

from ..._missing import module_getattr
from . import rnn

__getattr__ = module_getattr(__name__)
