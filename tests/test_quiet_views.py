"""Views taken while nothing is recorded: leaves that require gradients where their base does, as in PyTorch."""

from __future__ import annotations

import pytest

import rushlight as torch


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_view_of_what_requires_gradients_does_so_too(mode: type) -> None:
    leaf = torch.ones(3, 2, requires_grad=True)
    for base in (leaf, leaf * 1):
        with mode():
            views = [base[0], base.view(-1), base.t(), base.chunk(3)[0], base[0][0], base.unfold(0, 1, 1)]
            views.append(next(iter(base)))
            others = [base.detach(), base.clone(), base.sum(), base[[0]], base.detach()[0]]
            assert torch.ones(2)[0].requires_grad is False
        assert all(v.requires_grad and v.is_leaf and v.grad_fn is None for v in views)
        assert not any(v.requires_grad for v in others)
    assert repr(views[0]) == "tensor([1., 1.], requires_grad=True)"


def test_views_may_be_used_and_written_to_while_nothing_is_recorded() -> None:
    weight = torch.ones(2, 2, requires_grad=True)
    with torch.no_grad():
        row, whole = weight[0], weight.view(-1)
        weight.mul_(3)  # the views' history is out of date, which matters to nobody here
        row += 1
        assert (row * 2).tolist() == [8, 8]
        assert whole.numpy().tolist() == [4, 4, 3, 3]
        for r in weight:
            r.sub_(1)
        assert row.requires_grad
    assert weight.tolist() == [[3, 3], [2, 2]]
    with pytest.raises(RuntimeError, match="no_grad mode"):
        row.add_(1)
    with pytest.raises(RuntimeError, match="no_grad mode"):
        row * 2
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\)"):
        weight.numpy()


def test_hooks_of_a_module_that_returns_a_dictionary_stay_silent() -> None:
    class Named(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"x": x * 2}

    module, seen = Named(), []
    module.register_full_backward_hook(lambda *_: seen.append(1))
    x = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="returned dict"):
        out = module(x)
    out["x"].sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert not seen
