"""A layered layout: every vertex below what it was made of, with few crossings, and all edges short.

K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE
Transactions on Systems, Man, and Cybernetics 11, 1981: assign layers, put a bend into each layer that an
edge passes, order each layer by the mean place of its neighbours, then move it towards them. Every step goes
through lists in a fixed order, so the same graph is laid out the same way every time; nothing recurses.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

_SWEEPS = 8
_BEND_WIDTH = 12.0


@dataclass
class Layout:
    """Where everything goes.

    Attributes:
        centres: (x, y) of each box, by its key.
        bends: the points that each edge passes, from the source's centre to the target's.
        width: of the whole.
        height: of the whole.
    """

    centres: dict[int, tuple[float, float]]
    bends: list[list[tuple[float, float]]]
    width: float
    height: float


def layered(
    sizes: dict[int, tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    gap: float = 18.0,
    between: float = 34.0,
) -> Layout:
    """Lay out a graph without cycles.

    Args:
        sizes: (width, height) of each box by its key; of every edge, the source comes before the target here.
        edges: (source, target).
        gap: between neighbours in a layer.
        between: between layers.

    Returns:
        The layout, with all coordinates positive.

    Example:
        >>> layered({1: (40, 20), 2: (40, 20)}, [(1, 2)]).centres
        {1: (20.0, 10.0), 2: (20.0, 64.0)}
    """
    rank = _ranks(list(sizes), edges)
    layers: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in sizes:
        layers[rank[key]].append(key)
    width = {key: float(w) for key, (w, _) in sizes.items()}
    up: dict[int, list[int]] = {key: [] for key in sizes}
    down: dict[int, list[int]] = {key: [] for key in sizes}
    chains = []
    bend = 0  # bends have keys below all others
    lowest = min(sizes, default=0)
    for source, target in edges:
        chain = [source]
        for layer in range(rank[source] + 1, rank[target]):
            bend += 1
            key = lowest - bend
            layers[layer].append(key)
            width[key] = _BEND_WIDTH
            up[key], down[key] = [], []
            chain.append(key)
        chain.append(target)
        for a, b in itertools.pairwise(chain):
            down[a].append(b)
            up[b].append(a)
        chains.append(chain)
    _order(layers, up, down)
    x = _places(layers, up, down, width, gap)
    heights = [max((sizes[k][1] for k in layer if k in sizes), default=0.0) for layer in layers]
    y, top = [], 0.0
    for h in heights:
        y.append(top + h / 2)
        top += h + between
    row = {key: y[number] for number, layer in enumerate(layers) for key in layer}
    left = min((x[k] - width[k] / 2 for k in x), default=0.0)
    at = {key: (x[key] - left, row[key]) for key in x}
    right = max((at[k][0] + width[k] / 2 for k in at), default=0.0)
    centres = {key: at[key] for key in sizes}
    return Layout(centres, [[at[k] for k in chain] for chain in chains], right, max(0.0, top - between))


def _ranks(keys: list[int], edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The layer of each key: below all its sources, and what has no source right above its first use."""
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
        targets.setdefault(source, []).append(target)
    rank: dict[int, int] = {}
    for key in keys:
        rank[key] = max((rank[s] + 1 for s in sources.get(key, [])), default=0)
    for key in keys:
        if key not in sources and key in targets:
            rank[key] = min(rank[t] for t in targets[key]) - 1
    return rank


def _order(layers: list[list[int]], up: dict[int, list[int]], down: dict[int, list[int]]) -> None:
    """Sort each layer by the mean place of the neighbours above, then below, in turn; keep the best."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, down)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        neighbours = up if downwards else down
        for number in range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1):
            layer = layers[number]
            fixed = layers[number - 1 if downwards else number + 1]
            where = {key: k for k, key in enumerate(fixed)}
            place = {}
            for k, key in enumerate(layer):
                near = [where[n] for n in neighbours[key]]
                place[key] = sum(near) / len(near) if near else float(k)
            layer.sort(key=lambda key: place[key])
        count = _crossings(layers, down)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    layers[:] = best


def _crossings(layers: list[list[int]], down: dict[int, list[int]]) -> int:
    """How many pairs of edges cross, counted with a tree of partial sums for each pair of layers."""
    total = 0
    for upper, lower in itertools.pairwise(layers):
        where = {key: k for k, key in enumerate(lower)}
        ends = [where[t] for s in upper for t in sorted(down[s], key=lambda t: where[t])]
        tree = [0] * (len(lower) + 1)
        for seen, end in enumerate(ends):
            k, before = end + 1, 0
            while k:
                before += tree[k]
                k -= k & -k
            total += seen - before
            k = end + 1
            while k <= len(lower):
                tree[k] += 1
                k += k & -k
    return total


def _places(
    layers: list[list[int]],
    up: dict[int, list[int]],
    down: dict[int, list[int]],
    width: dict[int, float],
    gap: float,
) -> dict[int, float]:
    """Move every box towards the mean of its neighbours, as far as the order and the gaps allow."""
    x: dict[int, float] = {}
    for layer in layers:
        total = sum(width[k] for k in layer) + gap * (len(layer) - 1)
        left = -total / 2
        for key in layer:
            x[key] = left + width[key] / 2
            left += width[key] + gap
    for sweep in range(2 * _SWEEPS):
        neighbours = up if sweep % 2 == 0 else down
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for key in layer:
                near = neighbours[key]
                wanted.append(sum(x[n] for n in near) / len(near) if near else x[key])
            x.update(zip(layer, _apart(wanted, [width[k] for k in layer], gap), strict=True))
    return x


def _apart(wanted: list[float], widths: list[float], gap: float) -> list[float]:
    """The places nearest to those wanted (in the sum of squares) at which neighbours keep their gap.

    Pool-adjacent-violators on the places less the room that the boxes to the left need.
    """
    room, offsets = 0.0, []
    for k, w in enumerate(widths):
        room += w / 2 + (widths[k - 1] / 2 + gap if k else 0.0)
        offsets.append(room)
    pools: list[tuple[float, int]] = []  # (sum, count)
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    means = [total / count for total, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
