"""Module: what it registers, how it finds it, what it prints, how it is copied and converted."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import warnings
import weakref
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import Any

import pytest

import rushlight as torch
from rushlight import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.fc2 = nn.Linear(4, 2)
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("cache", torch.ones(1), persistent=False)
        self.again = nn.ModuleList([self.fc1, nn.ReLU()])
        self.scale = nn.Parameter(torch.ones(1))
        self.register_parameter("absent", None)

    def forward(self, x: Any, factor: float = 1.0) -> Any:
        return self.fc2(torch.relu(self.fc1(x))) * self.scale * factor


def names(pairs: Any) -> list[str]:
    return [name for name, _ in pairs]


def test_named_members_come_once_and_in_order() -> None:
    net = Net()
    shared = ["scale", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    assert names(net.named_parameters()) == shared
    assert names(net.named_parameters(prefix="p", recurse=False)) == ["p.scale"]
    assert names(net.named_parameters(remove_duplicate=False)) == [*shared, "again.0.weight", "again.0.bias"]
    assert names(net.named_modules()) == ["", "fc1", "fc2", "again", "again.1"]
    assert names(net.named_children()) == ["fc1", "fc2", "again"]
    assert names(net.named_buffers()) == ["steps", "cache"]
    assert len(list(net.parameters())) == 5
    assert len(list(net.modules())) == 5


def test_keys_of_state_dict() -> None:
    keys = [
        "scale",
        "steps",
        "fc1.weight",
        "fc1.bias",
        "fc2.weight",
        "fc2.bias",
        "again.0.weight",
        "again.0.bias",
    ]
    state = Net().state_dict()
    assert list(state) == keys
    assert list(Net().state_dict(prefix="x.")) == [f"x.{key}" for key in keys]
    assert state._metadata["fc1"] == {"version": 1}


def test_repr_of_nested_modules() -> None:
    assert repr(Net()) == (
        "Net(\n"
        "  (fc1): Linear(in_features=3, out_features=4, bias=True)\n"
        "  (fc2): Linear(in_features=4, out_features=2, bias=True)\n"
        "  (again): ModuleList(\n"
        "    (0): Linear(in_features=3, out_features=4, bias=True)\n"
        "    (1): ReLU()\n"
        "  )\n"
        ")"
    )


def test_extra_repr_of_several_lines() -> None:
    class Wordy(nn.Module):
        def extra_repr(self) -> str:
            return "a=1\nb=2"

    assert repr(Wordy()) == "Wordy(\n  a=1\n  b=2\n)"


def test_assignment_moves_a_name_between_registries() -> None:
    net = Net()
    with pytest.raises(TypeError, match="as parameter 'scale'"):
        net.scale = torch.ones(1)
    with pytest.raises(TypeError, match="as child module 'fc1'"):
        net.fc1 = 3
    with pytest.raises(TypeError, match="as buffer 'steps'"):
        net.steps = 3
    net.steps = None
    assert net.steps is None
    assert "steps" not in net.state_dict()
    net.fc1 = nn.Parameter(torch.ones(2))
    assert "fc1" in net._parameters
    assert "fc1" not in net._modules
    net.cache = nn.Parameter(torch.ones(1))
    assert "cache" in net.state_dict()
    assert not net._non_persistent_buffers_set
    net.plain = 3
    net.plain = nn.ReLU()
    assert net._modules["plain"] is net.plain


def test_deletion() -> None:
    net = Net()
    del net.fc2, net.scale, net.steps
    assert not hasattr(net, "fc2")
    assert names(net.named_parameters()) == ["fc1.weight", "fc1.bias"]
    with pytest.raises(AttributeError, match="fc2"):
        del net.fc2


def test_writes_into_the_registries_show_in_the_attributes() -> None:
    net = Net()
    net._modules["fc1"] = nn.Identity()
    assert isinstance(net.fc1, nn.Identity)
    net._parameters["new"] = nn.Parameter(torch.zeros(1))
    assert net.new is net._parameters["new"]
    net._parameters.pop("new")
    assert not hasattr(net, "new")
    net._buffers.update(seen=torch.ones(2))
    assert net.seen.shape == (2,)
    net._buffers.clear()
    assert not hasattr(net, "seen")
    net._modules = OrderedDict(only=nn.Tanh())
    assert isinstance(net.only, nn.Tanh)
    assert not hasattr(net, "fc2")
    net._modules.setdefault("more", nn.ReLU())
    net._modules |= {"last": nn.ReLU()}
    assert net._modules.popitem()[0] == "last"
    assert names(net.named_children()) == ["only", "more"]


def test_attributes_of_the_class_win_as_in_pytorch() -> None:
    class Shadowed(nn.Module):
        head = None

        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(1, 1)
            self.loss = nn.MSELoss()

        def loss(self) -> str:
            return "the method"

    module = Shadowed()
    assert module.head is None
    assert module.loss() == "the method"
    assert names(module.named_children()) == ["head", "loss"]


def test_layers_before_init_are_refused() -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    class EarlyParameter(nn.Module):
        def __init__(self) -> None:
            self.weight = nn.Parameter(torch.ones(1))

    class EarlyNumber(nn.Module):
        def __init__(self) -> None:
            self.width = 3
            super().__init__()

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call\n.*super\(\).__init__\(\)"):
        Early()
    with pytest.raises(AttributeError, match="cannot assign parameters before"):
        EarlyParameter()
    assert EarlyNumber().width == 3


def test_errors_name_the_attribute_that_is_missing() -> None:
    class Broken(nn.Module):
        @property
        def width(self) -> Any:
            return self.no_such_thing

    with pytest.raises(AttributeError, match="no_such_thing"):
        Broken().width
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'"):
        nn.Linear(1, 1).wieght


def test_registration_checks_names_and_kinds() -> None:
    net = Net()
    for name, message in (
        ("a.b", "dots separate"),
        ("", "empty"),
        ("fc1", "already exists"),
        ("forward", "already exists"),
    ):
        with pytest.raises(KeyError, match=message):
            net.register_parameter(name, nn.Parameter(torch.ones(1)))
        with pytest.raises(KeyError, match=message if name != "fc1" else "already exists"):
            net.register_buffer(name, torch.ones(1))
    with pytest.raises(KeyError, match="already exists"):
        net.add_module("scale", nn.ReLU())
    with pytest.raises(TypeError, match="must be a string"):
        net.register_module(3, nn.ReLU())
    with pytest.raises(TypeError, match="required"):
        net.register_parameter("new", torch.ones(1))
    with pytest.raises(TypeError, match="required"):
        net.register_buffer("new", 1.0)
    with pytest.raises(TypeError, match="not a Module"):
        net.add_module("new", 1.0)


def test_init_takes_no_arguments() -> None:
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        nn.Module(1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'a'"):
        nn.Module(a=1)


def test_missing_forward_is_explained() -> None:
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward"'):
        nn.Module()(1)


def test_look_up_by_path() -> None:
    net = Net()
    assert net.get_submodule("again.1") is net.again[1]
    assert net.get_submodule("") is net
    assert net.get_parameter("fc1.weight") is net.fc1.weight
    assert net.get_buffer("cache") is net.cache
    for path in ("again.7", "scale", "fc3"):
        with pytest.raises(AttributeError):
            net.get_submodule(path)
    with pytest.raises(AttributeError, match="not a parameter"):
        net.get_parameter("fc1")
    with pytest.raises(AttributeError, match="not a buffer"):
        net.get_buffer("fc1.weight")
    net.set_submodule("again.1", nn.Tanh())
    assert isinstance(net.again[1], nn.Tanh)
    with pytest.raises(ValueError, match="path"):
        net.set_submodule("", nn.Tanh())


def test_own_getattr_finds_what_super_has_not() -> None:
    class Wrapper(nn.Module):
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(super().__getattr__("module"), name)

    class Through(Wrapper):
        pass

    for kind in (Wrapper, Through):
        wrapper = kind(nn.Linear(2, 3))
        assert wrapper.in_features == 2
        assert wrapper.weight is wrapper.module.weight
        with pytest.raises(AttributeError, match="nothing"):
            wrapper.nothing


def test_methods_may_call_getattr_by_its_name() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branch_1 = nn.Threshold(1.0, 0.0)
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, x: Any) -> Any:
            (y,) = [self.__getattr__(f"branch_{i}")(x) for i in (1,)]
            return y * self.__getattr__("scale")

    assert Branches()(torch.tensor([0.5, 3.0])).tolist() == [0.0, 6.0]
    with pytest.raises(AttributeError, match="'Branches' object has no attribute 'nothing'"):
        Branches().__getattr__("nothing")


def test_abstract_modules() -> None:
    class Base(nn.Module, ABC):
        @abstractmethod
        def forward(self, x: Any) -> Any: ...

    class Concrete(Base):
        def forward(self, x: Any) -> Any:
            return x

    with pytest.raises(TypeError, match="abstract"):
        Base()
    assert Concrete()(1) == 1


def test_call_super_init_reaches_the_next_class() -> None:
    class Other:
        def __init__(self, x: int) -> None:
            self.x = x

    class Both(nn.Module, Other):
        call_super_init = True

        def __init__(self) -> None:
            super().__init__(x=3)

    assert Both().x == 3


def test_modes() -> None:
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not net.again[1].training
    assert net.train().fc1.training
    with pytest.raises(ValueError, match="True or False"):
        net.train(torch.ones(1))


def test_apply_goes_from_the_leaves_up() -> None:
    seen: list[str] = []
    Net().apply(lambda m: seen.append(type(m).__name__))
    assert seen == [
        "Linear",
        "Linear",
        "Linear",
        "ReLU",
        "ModuleList",
        "Net",
    ]  # fc1 is visited in both its places


def test_zero_grad() -> None:
    net = Net()
    net(torch.ones(1, 3)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert net.fc1.weight.grad.abs().sum() == 0
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_conversion_keeps_the_parameters() -> None:
    net = Net()
    weight = net.fc1.weight
    net(torch.ones(1, 3)).sum().backward()
    assert net.double() is net
    assert net.fc1.weight is weight
    assert weight.dtype is weight.grad.dtype is net.steps.dtype is torch.float64
    assert net.to(torch.float32).fc1.weight.dtype is torch.float32
    assert net.to("cpu", torch.float64).steps.dtype is torch.float64
    assert net.to(torch.zeros(1, dtype=torch.float16)).steps.dtype is torch.float16
    assert net.to("cpu").steps.dtype is torch.float16
    assert net.float().requires_grad_(False).scale.requires_grad is False
    with pytest.raises(TypeError, match="floating point"):
        net.to(torch.int64)
    with pytest.raises(TypeError, match="unexpected keyword"):
        net.to(dtyp=torch.float32)
    for refused in (net.cuda, lambda: net.to("cuda:0")):
        with pytest.raises(AssertionError, match="CPU only"):
            refused()
    with pytest.raises(RuntimeError):
        net.share_memory()


def test_integer_buffers_stay_integers() -> None:
    assert nn.BatchNorm1d(2).double().num_batches_tracked.dtype is torch.int64


def test_copies() -> None:
    net = Net()
    other = copy.deepcopy(net)
    assert other.fc1 is other.again[0]
    assert other.fc1 is not net.fc1
    assert torch.equal(other.fc1.weight, net.fc1.weight)
    other.fc1 = nn.Identity()
    assert isinstance(net.fc1, nn.Linear)
    shallow = copy.copy(net)
    assert shallow.fc1 is net.fc1
    assert shallow.scale is net.scale


def test_pickling() -> None:
    net = nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.BatchNorm1d(2)))
    again = pickle.loads(pickle.dumps(net))
    assert repr(again) == repr(net)
    assert torch.equal(again.a.weight, net.a.weight)
    again.a.weight = nn.Parameter(torch.zeros(2, 2))
    assert again.state_dict()["a.weight"].sum() == 0


def test_modules_are_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        net = Net()
        net(torch.ones(1, 3)).sum().backward()
        reference = weakref.ref(net.fc2)
        del net
        assert reference() is None
    finally:
        gc.enable()


def test_a_shared_parameter_is_one() -> None:
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    b.weight = a.weight
    net = nn.Sequential(a, b)
    assert names(net.named_parameters()) == ["0.weight", "0.bias", "1.bias"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_buffers_by_assignment() -> None:
    net = nn.Module()
    net.kept = nn.Buffer(torch.ones(1))
    net.cache = nn.Buffer(torch.ones(1), persistent=False)
    assert names(net.named_buffers()) == ["kept", "cache"]
    assert list(net.state_dict()) == ["kept"]
    assert isinstance(net.kept, nn.Buffer)
    assert not isinstance(torch.ones(1), nn.Buffer)
    assert type(net.kept) is torch.Tensor


def test_compile_and_dir() -> None:
    net = Net()
    assert net.compile() is net
    assert {"fc1", "scale", "steps", "forward"} <= set(dir(net))
    assert not any(name[0].isdigit() for name in dir(nn.Sequential(nn.ReLU())))


def test_lazy_modules_take_their_shapes_from_the_first_input() -> None:
    net = nn.Sequential(nn.LazyConv1d(4, 3), nn.LazyBatchNorm1d(), nn.Flatten(), nn.LazyLinear(2))
    assert repr(net[3].weight) == "<UninitializedParameter>"
    with pytest.raises(RuntimeError, match="no shape yet"):
        net[3].weight.shape
    assert copy.deepcopy(net)(torch.ones(2, 5, 8)).shape == (2, 2)
    assert net(torch.ones(2, 1, 8)).shape == (2, 2)
    assert [type(m) for m in net] == [nn.Conv1d, nn.BatchNorm1d, nn.Flatten, nn.Linear]
    assert net[3].in_features == 24  # 4 channels of 8 - 3 + 1 values
    lazy = nn.LazyLinear(3)
    lazy.load_state_dict(nn.Linear(4, 3).state_dict())
    assert lazy.weight.shape == (3, 4)


def test_functional_call() -> None:
    net = Net()
    x = torch.ones(1, 3)
    doubled = torch.func.functional_call(net, {"scale": torch.tensor([2.0])}, x, {"factor": 3.0})
    assert torch.allclose(doubled, net(x) * 6)
    assert net.scale.item() == 1.0
    with pytest.raises(KeyError, match="nothing"):
        torch.func.functional_call(net, {"nothing": x}, x)
    with pytest.raises(RuntimeError, match="strict"):
        torch.func.functional_call(net, {"scale": x}, x, strict=True)


def test_data_parallel_calls_the_module() -> None:
    net = nn.DataParallel(nn.Linear(2, 1))
    assert list(net.state_dict()) == ["module.weight", "module.bias"]
    assert net(torch.ones(3, 2)).shape == (3, 1)
    with pytest.raises(RuntimeError, match="CPU"):
        nn.DataParallel(nn.Linear(2, 1), device_ids=[0, 1])


def test_import_paths() -> None:
    from rushlight.nn.modules.activation import MultiheadAttention, ReLU
    from rushlight.nn.modules.container import ModuleList, Sequential
    from rushlight.nn.modules.linear import Linear, NonDynamicallyQuantizableLinear
    from rushlight.nn.modules.module import Module, register_module_forward_hook
    from rushlight.nn.modules.rnn import LSTM
    from rushlight.nn.parameter import Parameter

    assert (Linear, Module, ReLU, ModuleList, Sequential, LSTM) == (
        nn.Linear, nn.Module, nn.ReLU, nn.ModuleList, nn.Sequential, nn.LSTM,
    )  # fmt: skip
    assert issubclass(NonDynamicallyQuantizableLinear, Linear)
    assert Parameter is nn.Parameter
    assert MultiheadAttention is nn.MultiheadAttention
    assert callable(register_module_forward_hook)


def test_no_layer_warns_when_it_is_made() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.Transformer(8, 2, 1, 1, 8)
        nn.LSTM(2, 2, 2, dropout=0.5)


def test_names_of_classes_in_programs_that_import_torch(tmp_path: Any) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import pickle\nimport torch\n"
        "net = torch.nn.Sequential(torch.nn.Linear(1, 1))\n"
        "print(type(net), type(net[0]), torch.nn.Module)\n"
        "sgd = torch.optim.SGD(net.parameters(), 0.1)\n"
        "print(type(sgd), type(torch.optim.lr_scheduler.StepLR(sgd, 1)), torch.utils.data.TensorDataset)\n"
        "print(torch.nn.MSELoss.__bases__, torch.nn.CosineEmbeddingLoss, type(torch.default_generator))\n"
        "print(pickle.loads(pickle.dumps(net)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "rushlight", "run", str(program)], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[0] == (
        "<class 'torch.nn.modules.container.Sequential'> <class 'torch.nn.modules.linear.Linear'> "
        "<class 'torch.nn.modules.module.Module'>"
    )
    assert result.stdout.splitlines()[1:3] == [
        "<class 'torch.optim.sgd.SGD'> <class 'torch.optim.lr_scheduler.StepLR'> "
        "<class 'torch.utils.data.dataset.TensorDataset'>",
        "(<class 'torch.nn.modules.loss._Loss'>,) <class 'torch.nn.modules.loss.CosineEmbeddingLoss'> "
        "<class 'torch._C.Generator'>",
    ]
    assert "(0): Linear(in_features=1, out_features=1, bias=True)" in result.stdout


def test_types_and_backends_that_published_modules_name() -> None:
    from rushlight.nn.attention import SDPBackend, sdpa_kernel
    from rushlight.nn.common_types import _size_2_t
    from rushlight.nn.modules.utils import _pair, _reverse_repeat_tuple, _triple

    assert _pair(3) == (3, 3)
    assert _triple([1, 2, 3]) == (1, 2, 3)
    assert _reverse_repeat_tuple((1, 2), 2) == (2, 2, 1, 1)
    assert _size_2_t is not None
    with sdpa_kernel([SDPBackend.MATH, SDPBackend.FLASH_ATTENTION]):
        pass
    with pytest.raises(AssertionError, match="SDPBackend"), sdpa_kernel("fast"):
        pass


def test_errors_state_the_fact_in_their_text_and_the_way_out_below_it() -> None:
    # Programs print str(error): it is the plain fact, as PyTorch has it.
    m = torch.nn.Linear(2, 3)
    with pytest.raises(TypeError) as caught:
        m.weight = torch.ones(3, 2)
    fact = "cannot assign 'torch.FloatTensor' as parameter 'weight' (torch.nn.Parameter or None expected)"
    assert (str(caught.value), len(caught.value.__notes__)) == (fact, 1)
    with pytest.raises(ValueError) as refused:
        torch.optim.Adam(m.parameters(), betas=(1.5, 0.9))
    assert str(refused.value) == "Invalid beta parameter at index 0: 1.5"
    with pytest.raises(ValueError) as unfit:
        torch.nn.BatchNorm2d(3)(torch.ones(2, 3))
    assert str(unfit.value) == "expected 4D input (got 2D input)"
