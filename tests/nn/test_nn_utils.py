"""nn.utils: clipping, vectors, weight and spectral norm, parametrisations, pruning."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight import nn
from rushlight.nn.utils import parametrizations, parametrize, prune


def with_gradient(*values: float) -> Any:
    p = torch.zeros(len(values), requires_grad=True)
    p.grad = torch.tensor(values)
    return p


def test_clipping_by_the_joint_norm() -> None:
    p, q, idle = with_gradient(2.0, 4.0), with_gradient(4.0), torch.ones(1, requires_grad=True)
    total = nn.utils.clip_grad_norm_((t for t in (p, q, idle)), 3.0)
    assert total.item() == 6.0
    np.testing.assert_allclose(p.grad.numpy(), [1.0, 2.0], rtol=1e-5)
    np.testing.assert_allclose(q.grad.numpy(), [2.0], rtol=1e-5)
    assert idle.grad is None
    assert nn.utils.clip_grad_norm_([with_gradient(0.3)], 1.0).item() == pytest.approx(0.3)
    assert nn.utils.clip_grad_norm_([idle], 1.0).item() == 0.0


@pytest.mark.parametrize(("order", "expected"), [(1.0, 7.0), (2.0, 5.0), (math.inf, 4.0), (3.0, 91 ** (1 / 3))])
def test_other_norms(order: float, expected: float) -> None:
    assert nn.utils.clip_grad_norm_([with_gradient(3.0), with_gradient(-4.0)], 100.0, order).item() == pytest.approx(
        expected
    )


def test_a_norm_that_is_not_finite() -> None:
    p = with_gradient(math.inf, 1.0)
    with pytest.raises(RuntimeError, match="inf"):
        nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    assert p.grad[1].item() == 1.0


def test_clipping_by_value() -> None:
    p = with_gradient(3.0, -0.5, -7.0)
    nn.utils.clip_grad_value_(p, 1.0)
    assert p.grad.tolist() == [1.0, -0.5, -1.0]


def test_clipping_is_noticed_by_saved_values() -> None:
    p = with_gradient(3.0)
    version = p.grad._version
    nn.utils.clip_grad_norm_([p], 1.0)
    assert p.grad._version == version + 1


def test_vectors_and_parameters() -> None:
    net = nn.Linear(2, 2)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (6,)
    nn.utils.vector_to_parameters(torch.arange(6.0), net.parameters())
    assert net.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert net.bias.tolist() == [4.0, 5.0]
    with pytest.raises(TypeError):
        nn.utils.vector_to_parameters([1.0], net.parameters())
    with pytest.raises(RuntimeError, match="4 elements"):
        nn.utils.vector_to_parameters(torch.ones(4), net.parameters())


def test_skip_init_draws_nothing() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    assert nn.utils.skip_init(nn.Linear, 3, 4).weight.shape == (4, 3)
    assert torch.equal(torch.rand(1), expected)
    with pytest.raises(RuntimeError, match="device"):
        nn.utils.skip_init(nn.ReLU)


def forms_of_weight_norm() -> Iterator[tuple[str, Callable[..., Any], list[str]]]:
    yield "hook", nn.utils.weight_norm, ["bias", "weight_g", "weight_v"]
    new = ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]
    yield "parametrisation", parametrizations.weight_norm, new


@pytest.mark.filterwarnings("ignore:nn.utils.weight_norm is the old form:FutureWarning")
@pytest.mark.parametrize(("apply", "keys"), [form[1:] for form in forms_of_weight_norm()], ids=["hook", "new"])
def test_weight_norm(apply: Any, keys: list[str]) -> None:
    net = nn.Linear(2, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    x = torch.tensor([[1.0, 1.0]])
    before = net(x)
    net = apply(net)
    assert list(net.state_dict()) == keys
    np.testing.assert_allclose(net(x).detach().numpy(), before.detach().numpy(), rtol=1e-6)
    lengths = net.get_parameter(keys[1])
    assert lengths.tolist() == [[5.0], [2.0]]
    with torch.no_grad():
        lengths.mul_(2.0)
    net(x)
    np.testing.assert_allclose(net.weight.detach().numpy(), [[6.0, 8.0], [0.0, 4.0]], rtol=1e-6)
    net(x).sum().backward()
    # the derivative by a length is direction times input: (3 + 4) / 5 and 1
    np.testing.assert_allclose(lengths.grad.numpy(), [[1.4], [1.0]], rtol=1e-6)


@pytest.mark.parametrize("apply", [nn.utils.spectral_norm, parametrizations.spectral_norm])
def test_spectral_norm(apply: Any) -> None:
    net = nn.Linear(3, 3)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[4.0, 0.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, 1.0]]))
    net = apply(net, n_power_iterations=30)
    net(torch.ones(1, 3))
    np.testing.assert_allclose(net.weight.detach().numpy(), np.diag([1.0, -0.5, 0.25]), atol=1e-5)
    weight = net.eval().weight.detach().numpy().copy()
    net(torch.ones(1, 3))
    np.testing.assert_array_equal(net.weight.detach().numpy(), weight)


@pytest.mark.filterwarnings("ignore:nn.utils.weight_norm is the old form:FutureWarning")
def test_norms_can_be_removed() -> None:
    x = torch.ones(1, 3)
    for apply, remove in (
        (nn.utils.weight_norm, nn.utils.remove_weight_norm),
        (nn.utils.spectral_norm, nn.utils.remove_spectral_norm),
    ):
        net = apply(nn.Linear(3, 2)).eval()
        expected = net(x)
        remove(net)
        assert sorted(net.state_dict()) == ["bias", "weight"]
        np.testing.assert_allclose(net(x).detach().numpy(), expected.detach().numpy(), rtol=1e-6)
        with pytest.raises(ValueError, match="no "):
            remove(net)
        with pytest.raises(RuntimeError, match="already"):
            apply(apply(nn.Linear(3, 2)))


def test_new_weight_norm_loads_states_of_the_old() -> None:
    old = {"bias": torch.zeros(1), "weight_g": torch.tensor([[2.0]]), "weight_v": torch.tensor([[3.0, 4.0]])}
    net = parametrizations.weight_norm(nn.Linear(2, 1))
    net.load_state_dict(old)
    np.testing.assert_allclose(net.weight.detach().numpy(), [[1.2, 1.6]], rtol=1e-6)


class Symmetric(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.triu() + x.triu(1).mT

    def right_inverse(self, a: Any) -> Any:
        return a.triu()


class Doubled(nn.Module):
    def forward(self, x: Any) -> Any:
        return 2 * x


def test_a_parametrised_weight() -> None:
    net = nn.Linear(2, 2)
    original = net.weight
    parametrize.register_parametrization(net, "weight", Symmetric())
    assert repr(net) == (
        "ParametrizedLinear(\n"
        "  in_features=2, out_features=2, bias=True\n"
        "  (parametrizations): ModuleDict(\n"
        "    (weight): ParametrizationList(\n"
        "      (0): Symmetric()\n"
        "    )\n"
        "  )\n"
        ")"
    )
    assert isinstance(net, nn.Linear)
    assert net.parametrizations.weight.original is original
    assert list(net.state_dict()) == ["bias", "parametrizations.weight.original"]
    assert parametrize.is_parametrized(net, "weight")
    assert not parametrize.is_parametrized(net, "bias")
    assert parametrize.type_before_parametrizations(net) is nn.Linear
    net.weight = torch.tensor([[1.0, 2.0], [2.0, 3.0]])
    assert original.tolist() == [[1.0, 2.0], [0.0, 3.0]]
    net(torch.ones(1, 2)).sum().backward()
    assert original.grad.tolist() == [[1.0, 2.0], [0.0, 1.0]]
    with parametrize.cached():
        assert net.weight is net.weight
    assert net.weight is not net.weight
    other = copy.deepcopy(net)
    assert torch.equal(other.weight, net.weight)
    assert other.parametrizations.weight.original is not original
    with pytest.raises(RuntimeError, match="state_dict"):
        pickle.dumps(net)
    parametrize.remove_parametrizations(net, "weight")
    assert type(net) is nn.Linear
    assert net.weight is original
    assert net.weight.tolist() == [[1.0, 2.0], [2.0, 3.0]]


def test_parametrisations_follow_each_other() -> None:
    net = nn.Linear(2, 2)
    parametrize.register_parametrization(net, "weight", Symmetric())
    parametrize.register_parametrization(net, "weight", Doubled())
    with torch.no_grad():
        net.parametrizations.weight.original.copy_(torch.ones(2, 2))
    assert net.weight.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    with pytest.raises(RuntimeError, match="right_inverse"):
        net.weight = torch.ones(2, 2)
    parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
    assert net.weight.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_parametrisations_that_are_refused() -> None:
    class Smaller(nn.Module):
        def forward(self, x: Any) -> Any:
            return x[:1]

    net = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="unsafe"):
        parametrize.register_parametrization(net, "weight", Smaller())
    assert type(net) is nn.Linear
    parametrize.register_parametrization(net, "weight", Smaller(), unsafe=True)
    assert net.weight.shape == (1, 2)
    with pytest.raises(ValueError, match="nothing"):
        parametrize.register_parametrization(net, "nothing", Symmetric())
    with pytest.raises(ValueError, match="bias"):
        parametrize.remove_parametrizations(net, "bias")


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("name", ["matrix_exp", "cayley"])
def test_orthogonal_weights_stay_orthogonal(shape: tuple[int, int], name: str) -> None:
    net = parametrizations.orthogonal(nn.Linear(shape[1], shape[0]).double(), orthogonal_map=name)
    for p in net.parameters():
        with torch.no_grad():
            p.add_(torch.randn(p.shape, dtype=torch.float64))
    w = net.weight.detach().numpy()
    product = w @ w.T if shape[0] <= shape[1] else w.T @ w
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-12)
    net(torch.ones(1, shape[1], dtype=torch.float64)).sum().backward()
    assert net.parametrizations.weight.original.grad.abs().sum() > 0


def test_pruning_by_size() -> None:
    net = nn.Linear(3, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]]))
    prune.l1_unstructured(net, "weight", amount=2)
    assert net.weight.tolist() == [[0.0, 0.0, 3.0], [-4.0, 5.0, -6.0]]
    assert list(net.state_dict()) == ["bias", "weight_orig", "weight_mask"]
    prune.l1_unstructured(net, "weight", amount=0.25)  # of the four that are left
    assert net.weight_mask.tolist() == [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    net(torch.ones(1, 3)).sum().backward()
    assert net.weight_orig.grad.tolist() == [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    assert prune.is_pruned(net)
    prune.remove(net, "weight")
    assert not prune.is_pruned(net)
    assert net.weight.tolist() == [[0.0, 0.0, 0.0], [-4.0, 5.0, -6.0]]
    assert isinstance(net.weight, nn.Parameter)
    with pytest.raises(ValueError, match="has to be pruned"):
        prune.remove(net, "weight")


@pytest.mark.parametrize("amount", [1.5, -0.1, -2])
def test_pruning_explains_amounts(amount: float) -> None:
    with pytest.raises(ValueError, match="float in the range") as refused:
        prune.l1_unstructured(nn.Linear(2, 2), "weight", amount)
    assert refused.value.__notes__ == ["a float is the part to prune, an integer the number of elements"]


def test_structured_and_global_pruning() -> None:
    net = nn.Linear(3, 2, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]]))
    prune.ln_structured(net, "weight", amount=1, n=2, dim=1)  # the norms of the columns grow
    assert net.weight_mask.tolist() == [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    prune.random_structured(net, "weight", amount=1, dim=0)
    assert sorted(net.weight_mask.sum(1).tolist()) == [0.0, 2.0]
    a, b = nn.Linear(2, 1, bias=False), nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        a.weight.copy_(torch.tensor([[1.0, 4.0]]))
        b.weight.copy_(torch.tensor([[2.0, 3.0]]))
    prune.global_unstructured([(a, "weight"), (b, "weight")], pruning_method=prune.L1Unstructured, amount=2)
    assert a.weight.tolist() == [[0.0, 4.0]]
    assert b.weight.tolist() == [[0.0, 3.0]]
    prune.custom_from_mask(b, "weight", torch.tensor([[1.0, 0.0]]))
    assert b.weight.tolist() == [[0.0, 0.0]]
    c = prune.random_unstructured(prune.identity(nn.Linear(4, 4), "weight"), "weight", amount=0.5)
    assert int(c.weight_mask.sum()) == 8
    for amount in (-1, 1.5, 100):
        with pytest.raises(ValueError):
            prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=amount)
    with pytest.raises(TypeError):
        prune.l1_unstructured(nn.Linear(2, 2), "weight", amount="half")


def test_fusion() -> None:
    bn = nn.BatchNorm2d(4)
    bn(torch.randn(8, 4, 3, 3) * 2 + 1)
    bn.eval()
    with torch.no_grad():
        bn.weight.copy_(torch.randn(4))
        bn.bias.copy_(torch.randn(4))
    x = torch.randn(2, 2, 5, 5)
    for conv, transpose in ((nn.Conv2d(2, 4, 3), False), (nn.ConvTranspose2d(2, 4, 3, bias=False), True)):
        fused = nn.utils.fuse_conv_bn_eval(conv.eval(), bn, transpose)
        np.testing.assert_allclose(fused(x).detach().numpy(), bn(conv(x)).detach().numpy(), rtol=1e-4, atol=1e-5)
        with pytest.raises(RuntimeError, match="eval"):
            nn.utils.fuse_conv_bn_eval(conv.train(), bn, transpose)
    linear, flat = nn.Linear(3, 4).eval(), nn.BatchNorm1d(4).eval()
    x = torch.randn(5, 3)
    fused = nn.utils.fuse_linear_bn_eval(linear, flat)
    np.testing.assert_allclose(fused(x).detach().numpy(), flat(linear(x)).detach().numpy(), rtol=1e-5)
    with pytest.raises(RuntimeError, match="eval"):
        nn.utils.fuse_linear_bn_eval(linear, nn.BatchNorm1d(4))
    one = nn.BatchNorm1d(1).eval()  # a single channel before the features
    one.running_mean.fill_(0.5)
    x = torch.randn(5, 1, 3)
    fused = nn.utils.fuse_linear_bn_eval(linear, one)
    np.testing.assert_allclose(fused(x).detach().numpy(), one(linear(x)).detach().numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(AssertionError, match="4 outputs and the normalisation 2"):
        nn.utils.fuse_linear_bn_eval(linear, nn.BatchNorm1d(2).eval())
