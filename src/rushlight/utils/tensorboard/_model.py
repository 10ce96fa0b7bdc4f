"""A model's recorded graph as TensorBoard draws it: operations grouped by the modules that did them."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.step_stats_pb2 import DeviceStepStats, StepStats
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.versions_pb2 import VersionDef

from ..._grad_mode import enable_grad
from ..._tensor import Tensor
from .._pytree import tree_flatten


def model_graph(model: Any, inputs: Any, verbose: bool = False) -> tuple[Any, Any]:
    """Run a model once, in evaluation mode, and describe what was recorded.

    Args:
        model: the module.
        inputs: its argument, or a tuple of them.
        verbose: print it.

    Returns:
        the graph and the statistics of a step, as protocol buffers.

    Raises:
        RuntimeError: if nothing was recorded: no output depends on a parameter or a floating-point input.
    """
    from ...show.reading import graph
    from ...show.recording import record

    given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    # Inputs are followed too, so that the picture begins with them.
    args = [x.detach().requires_grad_() if isinstance(x, Tensor) and x.is_floating_point() else x for x in given]
    names = {f"input_{k}": x for k, x in enumerate(args) if isinstance(x, Tensor)}
    training = model.training
    model.eval()
    try:
        with enable_grad(), record(model, lines=False) as seen:
            outputs = model(*args)
    finally:
        model.train(training)
    ends = [y for y in tree_flatten(outputs)[0] if isinstance(y, Tensor) and y.requires_grad]
    if not ends:
        raise RuntimeError("no output of the model depends on a parameter or a floating-point input: nothing to draw")
    nodes: dict[str, Any] = {}
    for number, end in enumerate(ends, 1):
        drawn = graph(end, names=names, modules=seen, gradients=False)
        name_of = {vertex.number: _name(vertex, type(model).__name__, number) for vertex in drawn.vertices}
        sources = drawn.inputs
        for vertex in drawn.vertices:
            name = name_of[vertex.number]
            found = [name_of[edge.source] for edge in sources.get(vertex.number, ())]
            op = vertex.operation or ("Input" if vertex.name in names else "Parameter")
            nodes.setdefault(name, _node(name, op, found, vertex.shapes[0]))
        name = f"output/output.{number}"
        nodes[name] = _node(name, "Output", [name_of[drawn.result.number]], tuple(end.shape))
    whole = GraphDef(node=list(nodes.values()), versions=VersionDef(producer=22))
    if verbose:
        print(whole)
    return whole, RunMetadata(step_stats=StepStats(dev_stats=[DeviceStepStats(device="/device:CPU:0")]))


def _name(vertex: Any, model: str, output: int) -> str:
    """A name with slashes between the modules around it; an operation has one name in the graphs of all outputs."""
    if vertex.name is not None and vertex.kind != "operation":
        inside = "input" if vertex.name.startswith("input_") else model
        return f"{inside}/{vertex.name.replace('.', '/')}"
    if vertex.node is None:
        return f"constant/{output}_{vertex.number}"
    return f"{vertex.scope}/{vertex.operation.removesuffix('Backward0')}_{vertex.node._seq}".removeprefix("/")


def _node(name: str, op: str, inputs: list[str], shape: tuple[int, ...]) -> Any:
    proto = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
    attributes = {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[proto]))}
    return NodeDef(name=name, op=op, input=inputs, attr=attributes)
