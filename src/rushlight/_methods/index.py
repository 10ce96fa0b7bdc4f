"""Gathering, scattering and reading by an index or a mask as methods."""

from __future__ import annotations

from ..ops import indexing, masking, scatter
from ._attach import method

for _module, _names in (
    (
        scatter,
        "gather take_along_dim scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_",
    ),
    (
        indexing,
        "index_select index_add index_add_ index_copy index_copy_ index_fill index_fill_ index_reduce "
        "index_reduce_ "
        "index_put index_put_ take",
    ),
    (masking, "masked_select masked_scatter masked_scatter_ nonzero argwhere nonzero_static"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

method("put", indexing.put_by_number)
method("put_", indexing.put_by_number_)
