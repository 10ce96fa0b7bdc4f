"""Products of float32 matrices, added up in PyTorch's order.

A product's last digit depends on the order in which its terms are added, and on whether a term is rounded before it
is added. This is the order of PyTorch's CPU kernels (MKL's, as they run on AMD's processors):

- Products with at least 4 rows and 12 columns: one chain of fused multiply-adds for each run of up to 192 terms (two
  equal runs, if there are fewer than 384), and the runs one after the other; a bias comes first. BLAS here adds a
  run in the same way.
- Others: each term is rounded, then added (four of each eight as one, for elements before the first multiple of 16
  bytes in a row). Where both factors lie along the terms (x @ W.T), four strands or, for
  what is left of the columns after fours, eight, are added crosswise, and then the terms that fill no strand.
- Stacks of matrices likewise, and those with fewer than 400 terms each simply one by one.
- A matrix that lies along the terms times a vector: the first terms one by one, so that fours are left, and then
  four strands, of which the first goes on from there.

Small products that BLAS could compute in a microsecond take ten; those with more than 2^17 terms take BLAS as it is.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ._dtypes import F32

_RUN = 192
_ROWS, _COLUMNS = 4, 12
_NAIVE = 400  # terms; a stack's matrices with fewer are multiplied one by one
_TINY = 16  # terms; below, the time that BLAS takes is all that counts
_FEW = 1 << 17  # terms; beyond, adding them up outside BLAS takes too long
_MANY = 1 << 28  # from here on the last digit isn't worth another pass over the result
_COPIED = 1 << 17  # elements of a factor that may be copied, so that BLAS takes the way that is meant
_ndarray = np.ndarray
_add: Any = np.add.reduce
_accumulate: Any = np.add.accumulate


def matrix_product(a: Any, b: Any, start: Any = None) -> Any:
    """The product of two matrices, plus `start` (a row) if it is given."""
    if a.dtype is F32 is b.dtype and type(a) is _ndarray is type(b):
        m, k = a.shape
        n = b.shape[1]
        if n >= _COLUMNS and m >= _ROWS:
            if k > _RUN or n % 16 or b.strides[1] != b.itemsize:
                return _in_runs(a, b, start)
            total = a.dot(b)
        else:
            total = _term_by_term(a, b) if k > 1 and _TINY <= m * k * n <= _FEW else a.dot(b)
    else:
        total = a.dot(b)
    if start is not None:
        total += start
    return total


def stack_product(a: Any, b: Any) -> Any:
    """The products of stacks of float32 matrices, which broadcast."""
    m, k = a.shape[-2:]
    n = b.shape[-1]
    terms = m * k * n
    small = n < _COLUMNS or m < _ROWS or terms < _NAIVE
    stack = max(math.prod(a.shape[:-2]), math.prod(b.shape[:-2]))
    if not terms or k == 1 or k > _RUN or a.ndim != b.ndim or (small and terms * stack > _FEW):
        return np.matmul(a, b)
    if not small:
        return np.matmul(a, b if b.strides[-1] == b.itemsize else np.ascontiguousarray(b))
    rows, columns = (np.ascontiguousarray(np.moveaxis(x, axis, 0)) for x, axis in ((a, -1), (b, -2)))
    every = rows[..., None] * columns[..., None, :]
    shape = every.shape[1:]
    every = every.reshape(k, -1, n)
    along = _lies_along(b) and terms >= _NAIVE
    return (_add_along(every, False) if along else _one_by_one(every)).reshape(shape)


def _lies_along(b: Any) -> bool:
    """Whether a matrix of several columns lies along the terms, as a transposed one does."""
    return bool(b.shape[-1] > 1 and b.strides[-2] == b.itemsize != b.strides[-1])


def _in_runs(a: Any, b: Any, start: Any) -> Any:
    m, k = a.shape
    n = b.shape[1]
    size = b.itemsize
    if b.strides[1] != size and m * n <= 2048 and k * n <= _COPIED:
        b = np.ascontiguousarray(b)
    if n % 16 and a.strides[0] != size and k > 64 and m * k <= _COPIED:
        a = np.asfortranarray(a)
    run = k if k <= _RUN or m * k * n > _MANY else min(k // 2, _RUN)
    total = a[:, :run].dot(b[:run])
    if start is not None:
        total += start
    for first in range(run, k, run):
        total += a[:, first : first + run].dot(b[first : first + run])
    return total


def _term_by_term(a: Any, b: Any) -> Any:
    m, n = a.shape[0], b.shape[1]
    along = _lies_along(b)
    turned = m > n > 1  # NumPy is quick if the last dimension is the longer one
    rows, columns = np.ascontiguousarray(a.T), np.ascontiguousarray(b)  # or the terms would be what lies together
    terms = columns[:, :, None] * rows[:, None] if turned else rows[:, :, None] * columns[:, None]
    if (along and m == 1) or (n == 1 and a.strides[1] == b.itemsize):
        # products with a vector: so many terms come first that fours are left, at least one
        return _crosswise(terms, 4, (len(terms) - 1) % 4 + 1)
    if along:
        total = _add_along(terms, turned)
    else:
        total = _one_by_one(terms)
        if n > 4 and n % 4 and len(terms) >= 8:
            _add_before_vectors(terms, total, turned)
    return np.ascontiguousarray(total.T) if turned else total


def _one_by_one(terms: Any) -> Any:
    # what lies together NumPy would add pairwise: the terms of a sum must not, and those of a single one do
    return _accumulate(terms)[-1] if terms.size == len(terms) else _add(terms, axis=0)


def _add_along(terms: Any, turned: bool) -> Any:
    """The sums crosswise: of columns in fours, and of those that are left in eights."""
    if turned:
        terms = terms.transpose(0, 2, 1)
    k, m, n = terms.shape
    total = np.empty((n, m), terms.dtype).T if turned else np.empty((m, n), terms.dtype)
    fours = n // 4 * 4
    step = 1 if k % 4 == 0 else 4  # in every fourth row, if not in each, vectors begin at the same term
    for row in range(min(step, m)):
        alike, lead = slice(row, None, step), -row * k % 4
        if fours:
            total[alike, :fours] = _crosswise(terms[:, alike, :fours], 4, lead)
        if fours < n:
            total[alike, fours:] = _crosswise(terms[:, alike, fours:], 8, lead)
    return total.T if turned else total


@functools.lru_cache(64)
def _before_vectors(rows: int, columns: int) -> Any:
    """The places in a matrix that lie before the first multiple of 16 bytes of their row, where a vector still fits."""
    lead = -np.arange(rows) * columns % 4
    return np.nonzero(np.arange(columns) < np.where(columns - lead >= 4, lead, 0)[:, None])


def _add_before_vectors(terms: Any, total: Any, turned: bool) -> None:
    """Mend the sums of the elements before a row's first vector: there four of each eight terms come as one."""
    rows, columns = _before_vectors(*(total.T if turned else total).shape)
    if not len(rows):
        return
    place = (columns, rows) if turned else (rows, columns)
    some = np.ascontiguousarray(terms[:, *place])
    whole = len(some) // 8 * 8
    eights = some[:whole].reshape(-1, 8, len(rows))
    fours = eights[:, 4] + eights[:, 5] + eights[:, 6] + eights[:, 7]
    steps = np.concatenate((eights[:, :4], fours[:, None]), axis=1).reshape(-1, len(rows))
    total[place] = _one_by_one(np.concatenate((steps, some[whole:])))


def _crosswise(terms: Any, strands: int, lead: int) -> Any:
    """The sum in strands: some terms before the first vector, then vectors, whose halves are added, then the rest."""
    end = lead + (len(terms) - lead) // strands * strands
    if end <= lead:
        return _one_by_one(terms)
    vectors = terms[lead:end]
    if lead:
        vectors[0] += _one_by_one(terms[:lead])
    sums = _one_by_one(vectors.reshape(-1, strands, *terms.shape[1:]))
    while len(sums) > 1:
        half = len(sums) // 2
        sums = sums[:half] + sums[half:]
    total = sums[0]
    for term in terms[end:]:
        total = total + term
    return total

