"""Reductions, scans, statistics, sorting and counting as methods."""

from __future__ import annotations

from ..ops import counting, extremes, norms, reduction, scan, sorting, statistics
from ._attach import method, twin

for _module, _names in (
    (reduction, "sum nansum mean nanmean prod all any count_nonzero logsumexp sum_to_size"),
    (extremes, "max min amax amin aminmax argmax argmin cummax cummin"),
    (statistics, "var std median nanmedian mode kthvalue quantile nanquantile"),
    (scan, "cumsum cumprod logcumsumexp"),
    (scan, "diff"),
    (norms, "norm dist renorm"),
    (sorting, "sort argsort msort topk unique unique_consecutive"),
    (counting, "bincount histc histogram"),
    (counting, "cov corrcoef"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

for _name, _function in (("cumsum_", scan.cumsum), ("cumprod_", scan.cumprod), ("renorm_", norms.renorm)):
    twin(_name, _function)
