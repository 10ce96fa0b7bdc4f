"""Samples of shapes and views, joins and splits, diagonals, rearrangements, conversions and creation."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import COMPLEX, FLOATS, D, Input, Sample, call, words

KINDS = ("float64", "float32", "complex128", "int64", "bool")

SAMPLES: list[Sample] = []


def add(name: str, build: Any, dtypes: tuple[str, ...] = FLOATS, **more: Any) -> None:
    SAMPLES.append(Sample(name, build, dtypes, label=str(len(SAMPLES)), **more))


def turned(a: Any, *shape: int) -> Input:
    """A tensor whose memory isn't in row-major order."""
    return Input(np.asfortranarray(a(*shape).array))


# -- shapes ----------------------------------------------------------------------------------------

add("reshape", lambda a: (a(2, 6), (3, 4)), KINDS)
add("reshape", lambda a: (a(2, 6), (-1, 2)))
add("reshape", lambda a: (turned(a, 2, 6), (3, 4)))
add("reshape", lambda a: (a(), (1, 1)))
add("reshape", lambda a: (a(2, 0), (0, 5)))
add("reshape", lambda a: (a(2, 3), (4, 2)), raises=RuntimeError)
add("reshape", lambda a: (a(0, 3), (-1, 0)), raises=RuntimeError)
add("reshape", lambda a: (a(2, 3), (-1, -1)), raises=RuntimeError)
add("Tensor.reshape", lambda a: (a(2, 3), 3, 2))
add("Tensor.view", lambda a: (a(2, 3), 3, -1), KINDS)
add("Tensor.view", lambda a: (turned(a, 2, 3), 6), raises=RuntimeError)
add("Tensor.view", lambda a: (a(2, 3), D("int32")), ("float32", "int64"), gradient=0)
add("Tensor.view_as", lambda a: (a(2, 3), a(3, 2)))
add("Tensor.reshape_as", lambda a: (a(2, 3), a(3, 2)))
add("flatten", lambda a: (a(2, 3, 4),))
add("flatten", lambda a: (a(2, 3, 4), 1))
add("flatten", lambda a: (a(2, 3, 4, 5), 1, -2))
add("flatten", lambda a: (a(),))
add("flatten", lambda a: (a(2, 3), 1, 0), raises=RuntimeError)
add("ravel", lambda a: (turned(a, 2, 3),))
add("unflatten", lambda a: (a(2, 12), 1, (3, -1)))
add("unflatten", lambda a: (a(2, 12), 1, (5, 2)), raises=RuntimeError)
add("squeeze", lambda a: (a(1, 3, 1),), KINDS)
add("squeeze", lambda a: (a(1, 3, 1), 0))
add("squeeze", lambda a: (a(1, 3, 1), 1))
add("squeeze", lambda a: (a(1, 3, 1), (0, 1, 2)))
add("squeeze", lambda a: (a(), 0))
add("squeeze", lambda a: (a(2), 1), raises=IndexError)
add("unsqueeze", lambda a: (a(2, 3), 1))
add("unsqueeze", lambda a: (a(2, 3), -1))
add("unsqueeze", lambda a: (a(2, 3), 3), raises=IndexError)
add("Tensor.expand", lambda a: (a(3, 1), 2, -1, 4), KINDS)
add("Tensor.expand", lambda a: (a(), 2, 3))
add("Tensor.expand", lambda a: (a(3), 4), raises=RuntimeError)
add("Tensor.expand_as", lambda a: (a(3, 1), a(2, 3, 4)))
add("broadcast_to", lambda a: (a(3, 1), (2, 3, 4)))
add("broadcast_tensors", lambda a: (a(3, 1), a(4)))
add("broadcast_shapes", lambda a: ((2, 1), (3,), 5), raises=RuntimeError)
add("broadcast_shapes", lambda a: ((2, 1), (3,), 1))
add("atleast_1d", lambda a: (a(),))
add("atleast_2d", lambda a: (a(3),))
add("atleast_2d", lambda a: (a(), a(3), a(2, 2)))
add("atleast_3d", lambda a: ([a(), a(3), a(2, 2), a(1, 2, 3)],))

# -- orders ----------------------------------------------------------------------------------------

add("permute", lambda a: (a(2, 3, 4), (2, 0, 1)), KINDS)
add("permute", lambda a: (a(2, 3, 4), (-1, 0, 1)))
add("permute", lambda a: (a(2, 3), (0, 0)), raises=RuntimeError)
add("permute", lambda a: (a(2, 3), (0,)), raises=RuntimeError)
add("Tensor.permute", lambda a: (a(2, 3), 1, 0))
for _name in words("transpose swapaxes swapdims"):
    add(_name, lambda a: (a(2, 3, 4), 0, -1), KINDS)
add("transpose", lambda a: (a(2, 3), 0, 2), raises=IndexError)
add("transpose", lambda a: (a(), 0, 0), node=False)
add("movedim", lambda a: (a(), 0, 0), node=False)
for _name in words("movedim moveaxis"):
    add(_name, lambda a: (a(2, 3, 4), 0, -1))
    add(_name, lambda a: (a(2, 3, 4), (0, 2), (1, 0)))
    add(_name, lambda a: (a(2, 3), (0, 0), (0, 1)), raises=RuntimeError)
add("t", lambda a: (a(2, 3),))
add("t", lambda a: (a(3),))
add("t", lambda a: (a(2, 3, 4),), raises=RuntimeError)
for _name in words("T mT H mH"):
    add(f"Tensor.{_name}", lambda a: (a(2, 3),), (*FLOATS, *COMPLEX), node=_name in ("T", "mT"))
add("Tensor.mT", lambda a: (a(2, 3, 4),))
add("Tensor.mH", lambda a: (a(2, 3, 4),))
add("adjoint", lambda a: (a(2, 3, 4),), (*FLOATS, *COMPLEX), node=False)

# -- parts and windows -----------------------------------------------------------------------------

add("narrow", lambda a: (a(4, 3), 0, 1, 2), KINDS)
add("narrow", lambda a: (a(4, 3), 1, -2, 2))
add("narrow", lambda a: (a(4, 3), 1, 2, 2), raises=RuntimeError)
add("select", lambda a: (a(4, 3), 1, -1), KINDS)
add("select", lambda a: (a(4, 3), 1, 3), raises=IndexError)
add("Tensor.unfold", lambda a: (a(5, 3), 0, 2, 1), KINDS)
add("Tensor.unfold", lambda a: (a(7), 0, 3, 2))
add("Tensor.unfold", lambda a: (a(2, 6), -1, 2, 3))
add("Tensor.unfold", lambda a: (a(3), 0, 4, 1), raises=RuntimeError)
add("as_strided", lambda a: (a(9), (3, 3), (1, 2)), KINDS)
add("as_strided", lambda a: (a(3, 4), (2, 2), (4, 1), 2))
add("as_strided", lambda a: (turned(a, 3, 4), (2, 2), (1, 3)))
add("as_strided", lambda a: (a(4), (5,), (1,)), raises=RuntimeError)
add(
    "as_strided-of-a-part",
    lambda a: (a(9),),
    function=lambda torch, x: (x * 1)[2:8].as_strided((2, 2), (3, 1)),
)
add("as_strided-beyond", lambda a: (a(9),), function=lambda torch, x: (x * 1)[2:4].as_strided((3,), (2,), 1))
for _name, _part in (("select_scatter", (1, -2)), ("slice_scatter", (0, 1, 3)), ("diagonal_scatter", (1,))):
    _shape = {"select_scatter": (4,), "slice_scatter": (2, 3), "diagonal_scatter": (2,)}[_name]
    add(_name, lambda a, p=_part, s=_shape: (a(4, 3), a(*s), *p), (*FLOATS, "int64"))
    add(_name, lambda a, p=_part: (a(4, 3), a(1, 1), *p), raises=RuntimeError)
add("slice_scatter", lambda a: call(a(5), a(2), start=1, end=5, step=2))
add("as_strided_scatter", lambda a: (a(6), a(2), (2,), (2,), 1), gradient=0)

# -- writes into views -----------------------------------------------------------------------------


def write_into(view: Any) -> Any:
    """Write into a view of a recorded tensor, and read the tensor."""

    def program(torch: Any, x: Any, y: Any) -> Any:
        base = x * 2
        before = base[0].clone()
        part = view(base)
        part.mul_(y)
        return base * 3, part + 1, before

    return program


for _label, _view in {
    "diagonal": lambda x: x.diagonal(),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "select": lambda x: x.select(0, 1),
    "movedim": lambda x: x.movedim(0, 1),
    "as_strided": lambda x: x.as_strided((2, 2), (4, 1), 1),
    "unfold": lambda x: x.unfold(0, 2, 2),
    "unflatten": lambda x: x.unflatten(1, (2, 2)),
    "expand": lambda x: x.unsqueeze(0).expand(1, 4, 4),
}.items():
    SAMPLES.append(
        Sample(
            f"write-{_label}", lambda a: (a(4, 4), a()), function=write_into(_view), label=_label, node=False
        )
    )

# -- diagonals -------------------------------------------------------------------------------------

add("diagonal", lambda a: (a(3, 4),), KINDS)
add("diagonal", lambda a: (a(2, 3, 4), -1, 0, 2))
add("diagonal", lambda a: (a(3, 4), 5))
add("diagonal", lambda a: (a(3, 4), 0, 1, 1), raises=RuntimeError)
add("diag", lambda a: (a(3),), KINDS)
add("diag", lambda a: (a(3), -1))
add("diag", lambda a: (a(3, 4), 1), KINDS)
add("diag", lambda a: (a(2, 2, 2),), raises=RuntimeError)
add("diag_embed", lambda a: (a(2, 3),), KINDS)
add("diag_embed", lambda a: (a(2, 3), 1, 0, 2))
add("diagflat", lambda a: (a(2, 2), -1))
for _name in words("tril triu"):
    add(_name, lambda a: (a(3, 4),), KINDS)
    add(_name, lambda a: (a(2, 4, 3), -1))
    add(_name, lambda a: (a(4, 3), 1))
    add(f"Tensor.{_name}_", lambda a: (a(3, 4), 1), node=False)
    add(_name, lambda a: (a(3),), raises=RuntimeError)
    add(f"{_name}_indices", lambda a: (3, 4, -1))
    add(f"{_name}_indices", lambda a: call(4, 2, 1, dtype=D("int32")))

# -- rearrangements --------------------------------------------------------------------------------

add("flip", lambda a: (a(2, 3, 4), (0, -1)), KINDS)
add("flip", lambda a: call(a(3), dims=[0]))
add("Tensor.flip", lambda a: (a(2, 3), 0, 1))
add("flip", lambda a: (a(2, 3), (0, 0)), raises=RuntimeError)
add("fliplr", lambda a: (a(2, 3),))
add("flipud", lambda a: (a(2, 3),))
for _k in range(-1, 4):
    add("rot90", lambda a, k=_k: (a(2, 3), k))
add("rot90", lambda a: (a(2, 3, 4), 1, (2, 0)))
add("roll", lambda a: (a(2, 3), 2), KINDS)
add("roll", lambda a: (a(2, 3, 4), (1, -2), (0, 2)))
add("roll", lambda a: (a(2, 3), (1, 2)), raises=RuntimeError)
add("Tensor.repeat", lambda a: (a(2, 3), 2, 1, 3), KINDS)
add("Tensor.repeat", lambda a: (a(2, 3), 2, 0))
add("Tensor.repeat", lambda a: (a(2, 3), 2), raises=RuntimeError)
add("tile", lambda a: (a(2, 3), (2,)))
add("tile", lambda a: (a(3), (2, 2)))
add("repeat_interleave", lambda a: (a(2, 3), 2), KINDS, node=False)
add("repeat_interleave", lambda a: (a(2, 3), a.ints(0, 4, 3), 1), node=False)
add("repeat_interleave", lambda a: (a.ints(0, 4, 5),))

# -- joins and splits ------------------------------------------------------------------------------

add("cat", lambda a: ([a(2, 3), a(1, 3)],), KINDS)
add("cat", lambda a: call([a(2, 3), a(2, 1)], dim=-1))
add("cat", lambda a: ([a(0), a(2, 3)],))
add("cat", lambda a: ([a(2), a.ints(0, 5, 2)],))
add("cat", lambda a: ([a(2, 3), a(3, 2)],), raises=RuntimeError)
add("cat", lambda a: ([],), raises=ValueError)
add("cat", lambda a: ([a(), a()],), raises=RuntimeError)
add("stack", lambda a: ([a(2, 3), a(2, 3)], 1), KINDS)
add("stack", lambda a: ([a(2), a(3)],), raises=RuntimeError)
for _name in words("hstack vstack dstack column_stack row_stack"):
    add(_name, lambda a: ([a(2, 3), a(2, 3)],))
    add(_name, lambda a: ([a(3), a(3)],))
    add(_name, lambda a: ([a(), a()],), node=False)
for _name in words("concat concatenate"):
    add(_name, lambda a: ([a(2, 3), a(1, 3)],))
for _name in words("split Tensor.split"):
    add(_name, lambda a: (a(5, 2), 2), KINDS)
    add(_name, lambda a: (a(5, 2), [1, 4]))
    add(_name, lambda a: call(a(2, 5), 3, dim=1))
    add(_name, lambda a: (a(5, 2), [1, 3]), raises=RuntimeError)
add("split_with_sizes", lambda a: (a(5, 2), [2, 0, 3]))
add("chunk", lambda a: (a(5, 2), 2))
add("chunk", lambda a: (a(5, 2), 4))
add("chunk", lambda a: (a(0, 2), 3))
add("chunk", lambda a: (a(5), 0), raises=RuntimeError)
add("unsafe_chunk", lambda a: (a(5, 2), 2))
add("unsafe_split", lambda a: (a(5, 2), 2))
add("tensor_split", lambda a: (a(7, 2), 3), node=False)
add("tensor_split", lambda a: (a(7, 2), (1, 5, 4)), node=False)
add("tensor_split", lambda a: (a(7, 2), np.array([2, 3])), node=False)
add("hsplit", lambda a: (a(2, 4), 2))
add("hsplit", lambda a: (a(4), (1, 2)), node=False)
add("vsplit", lambda a: (a(4, 2), [1]), node=False)
add("dsplit", lambda a: (a(2, 2, 4), 2))
add("dsplit", lambda a: (a(2, 2, 3), 2), raises=RuntimeError)
add("unbind", lambda a: (a(2, 3), 1), KINDS)
add("unbind", lambda a: (a(),), raises=IndexError)
add("meshgrid", lambda a: call(a(2), a(3), indexing="ij"))
add("meshgrid", lambda a: call(a(2), a(3), a(), indexing="xy"))
add("cartesian_prod", lambda a: (a(2), a(3)))
add("combinations", lambda a: (a(4),), node=False)
add("combinations", lambda a: (a(4), 3, True), node=False)
add("block_diag", lambda a: (a(2, 3), a(2), a()), KINDS)

# -- memory and types ------------------------------------------------------------------------------

for _name in words("stride storage_offset is_contiguous numel nelement dim ndimension element_size size"):
    add(f"Tensor.{_name}", lambda a: (turned(a, 2, 3),))
add("Tensor.contiguous", lambda a: (turned(a, 2, 3),))
add("Tensor.contiguous", lambda a: (a(2, 3),))
add("Tensor.size", lambda a: (a(2, 3), -1))
add("Tensor.size", lambda a: (a(2, 3), 2), raises=IndexError)
add("clone", lambda a: (turned(a, 2, 3),), KINDS)
add("clone-strides", lambda a: (turned(a, 2, 3),), function=lambda torch, x: x.clone().stride())
add("channels-last", lambda a: (a(2, 3, 2, 2),), function=lambda torch, x: (
    x.contiguous(memory_format=torch.channels_last).stride(), x.to(memory_format=torch.channels_last) * 2
), node=False)  # fmt: skip
for _name in words("squeeze_ t_ "):
    add(f"Tensor.{_name}", lambda a: (a(1, 3),))
add("Tensor.squeeze_", lambda a: (a(1, 3, 1), 0))
add("Tensor.unsqueeze_", lambda a: (a(1, 3), 1))
add("Tensor.transpose_", lambda a: (a(2, 3), 0, 1))
add("Tensor.as_strided_", lambda a: (a(2, 3), (3,), (2,)), node=False)
add("Tensor.resize_", lambda a: (a(4, grad=False), 2, 2))
add("Tensor.zero_", lambda a: (a(2, 3),), KINDS)
add("Tensor.fill_", lambda a: (a(2, 3), 2.5))
add("Tensor.fill_", lambda a: (a(2, 3), a()))
add("Tensor.fill_", lambda a: (a(2, 3), a(3)), raises=RuntimeError)
add("fill", lambda a: (a(2, 3), 2.5))
add("fill", lambda a: (a(2, 3), a()))
add("Tensor.copy_", lambda a: (a(2, 3), a(3)), node=False)
add("Tensor.copy_", lambda a: (a(2, 3), a(2)), raises=RuntimeError)
for _name in words("float double half int long short char byte bool cfloat cdouble"):
    add(f"Tensor.{_name}", lambda a: (a.positive(2, 3),), ("float64", "float32", "int64"), gradient=1)
add("Tensor.to", lambda a: (a(2), D("float64")))
add("Tensor.to", lambda a: (a(2), "cpu", D("float32")))
add("Tensor.to", lambda a: (a(2), a.ints(0, 2, 2)), gradient=0)
add("Tensor.type", lambda a: (a(2),), (*FLOATS, "int64", "bool"))
add("Tensor.type", lambda a: (a(2), "torch.DoubleTensor"))
add("Tensor.type_as", lambda a: (a(2), np.zeros(1, np.float32)))
for _name, _args in {
    "new_zeros": ((2, 3),), "new_ones": (2, 3), "new_full": ((2,), 7), "new_tensor": ([1, 2],),
}.items():  # fmt: skip
    add(f"Tensor.{_name}", lambda a, args=_args: (a(1, grad=False), *args), (*FLOATS, "int64"))

# -- creation --------------------------------------------------------------------------------------

for _name, _arguments in {
    "zeros": [call(2, 3), call((2, 0), dtype=D("int32")), call(size=(2,))],
    "ones": [call(2, 3), call(())],
    "full": [call((2,), 7), call((2, 2), 1.5), call((2,), True), call((2,), 3, dtype=D("float64"))],
    "eye": [call(3), call(2, 3), call(2, dtype=D("int64"))],
    "arange": [
        call(5),
        call(1, 2, 0.5),
        call(5, 0, -2),
        call(0.1, 1.0, 0.1),
        call(3.0),
        call(1, 4, dtype=D("float64")),
    ],
    "linspace": [call(0, 1, 5), call(3, -2, 4), call(0, 1, 1), call(-10, 10, 7, dtype=D("int64"))],
    "logspace": [call(0, 2, 5), call(0, 3, 4, 2.0)],
    **{
        f"{_window}_window": [call(6), call(7, False), call(5, dtype=D("float64"), requires_grad=True)]
        for _window in words("bartlett blackman hamming hann kaiser")
    },
    "scalar_tensor": [call(3), call(2.5)],
    "tensor": [call([[1, 2], [3, 4]]), call(2.5), call([True, False]), call([1, 2.5]), call([1 + 2j])],
    "asarray": [call([1, 2]), call([1.5], dtype=D("float64"))],
}.items():
    for _call in _arguments:
        add(_name, lambda a, c=_call: c, ("float32",))
add("zeros", lambda a: (-1,), ("float32",), raises=RuntimeError)
add("arange", lambda a: (1, 5, -1), ("float32",), raises=RuntimeError)
for _name in words("zeros_like ones_like"):
    add(_name, lambda a: (a(2, 3, grad=False),), KINDS)
    add(_name, lambda a: call(a(2, 3, grad=False), dtype=D("int32")))
add("full_like", lambda a: (a(2, 3, grad=False), 2), KINDS)
for _name in words("bartlett blackman cosine exponential gaussian hamming hann kaiser nuttall"):
    for _window in (call(6), call(7, sym=False, requires_grad=True), call(5, dtype=D("float64"))):
        add(f"signal.windows.{_name}", lambda a, c=_window: c, ("float32",), tolerance=2e-12)
add("signal.windows.general_cosine", lambda a: call(6, a=[0.5, 0.3, 0.2]), ("float32",))
add("signal.windows.general_hamming", lambda a: call(6, alpha=0.6), ("float32",))
add("constant_pad_nd", lambda a: (a(2, 3), (1, -1, 2, 0), 1.5))
for _dims in (2, 3):
    add(
        f"grid_sampler_{_dims}d",
        lambda a, n=_dims: (a(1, 2, *[3] * n), a(1, *[2] * n, n), 0, 1, True),
        tolerance=1e-10,
        node=False,
    )
