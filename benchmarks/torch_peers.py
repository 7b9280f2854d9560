"""PyTorch's steps: eager with the fused optimizer, the model compiled, the whole step compiled.

A model here is a module whose `forward` takes the data and returns the loss, so that compiling
"the model" compiles the loss too, which is kind to PyTorch.

`torch.compile` takes 13 to 47 seconds for a line and needs a C++ compiler; it takes part where
BENCHMARK_COMPILE is set, which is `python -m benchmarks.run --compile`.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from benchmarks import harness
from benchmarks.contest import Build, Run

torch.set_num_threads(harness.threads())

MODEL, STEP = "torch.compile, model", "torch.compile, step"


def compiles() -> bool:
    """Whether `torch.compile` takes part."""
    return bool(os.environ.get("BENCHMARK_COMPILE")) and has_compiler()


def has_compiler() -> bool:
    """Whether there is the C++ compiler `torch.compile` needs."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++", "cl"]
    return any(shutil.which(name) for name in names)


def notes() -> str:
    """Why `torch.compile` is not among the peers, if it is not."""
    if compiles():
        return ""
    asked = os.environ.get("BENCHMARK_COMPILE")
    return f"no torch.compile: {'no C++ compiler here' if asked else 'not asked for (--compile)'}"


def tensors(arrays: Any) -> Any:
    """Copies of arrays, also of a dict or a tuple of them, as tensors."""
    if isinstance(arrays, Mapping):
        return {name: tensors(array) for name, array in arrays.items()}
    if isinstance(arrays, tuple | list):
        return tuple(tensors(array) for array in arrays)
    return torch.tensor(np.array(arrays))


def loaded(model: torch.nn.Module, state: Mapping[str, np.ndarray]) -> torch.nn.Module:
    """The model with these parameters, in their dtype."""
    dtype = tensors(next(iter(state.values()))).dtype
    model.to(dtype).load_state_dict(tensors(state))
    return model


class Training(torch.nn.Module):
    """A model and its loss as one module: `forward(x, y)` is the loss."""

    def __init__(self, model: torch.nn.Module, loss: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss(self.model(x), y)


def training(
    make: Callable[[], torch.nn.Module], optimizer: str, rate: float, data: tuple[Any, ...]
) -> dict[str, Build]:
    """The steps of this module, whose `forward` gives the loss, under this optimizer."""
    builds: dict[str, Build] = {"torch": lambda: _eager(make(), None, optimizer, rate, data)}
    if compiles():
        builds[MODEL] = lambda: _eager(make(), torch.compile, optimizer, rate, data)
        builds[STEP] = lambda: _whole(make(), optimizer, rate, data)
    return builds


def _eager(
    module: torch.nn.Module, wrap: Any, optimizer: str, rate: float, data: tuple[Any, ...]
) -> Run:
    kind = getattr(torch.optim, optimizer)
    rule = kind(module.parameters(), lr=rate, fused=True)
    loss_of, arguments = (wrap(module) if wrap else module), tensors(data)

    def step() -> torch.Tensor:
        rule.zero_grad()
        loss = loss_of(*arguments)
        loss.backward()
        rule.step()
        return loss.detach()

    return step


def _whole(module: torch.nn.Module, optimizer: str, rate: float, data: tuple[Any, ...]) -> Run:
    parameters = {name: p.detach().clone() for name, p in module.named_parameters()}
    moments = [{name: torch.zeros_like(p) for name, p in parameters.items()} for _ in "mv"]
    count, arguments = torch.zeros(()), tensors(data)
    decay = 0.01 if optimizer == "AdamW" else 0.0

    def loss_of(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.func.functional_call(module, parameters, arguments)

    def step(
        parameters: dict[str, torch.Tensor],
        moments: list[dict[str, torch.Tensor]],
        count: torch.Tensor,
    ) -> torch.Tensor:
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters)
        if optimizer == "SGD":
            for name, p in parameters.items():
                p.sub_(rate * gradients[name])
            return loss
        count.add_(1.0)
        corrections = 1.0 - 0.9**count, torch.sqrt(1.0 - 0.999**count)
        for name, p in parameters.items():
            m, v = (moment[name] for moment in moments)
            m.mul_(0.9).add_(0.1 * gradients[name])
            v.mul_(0.999).add_(0.001 * gradients[name] ** 2)
            if decay:
                p.mul_(1.0 - rate * decay)
            p.sub_(rate / corrections[0] * m / (torch.sqrt(v) / corrections[1] + 1e-8))
        return loss

    whole = torch.compile(step)
    return lambda: whole(parameters, moments, count)


def function(f: Callable[..., Any], *arguments: Any) -> dict[str, Build]:
    """A function of tensors, such as a gradient: eagerly, and compiled."""
    given = tensors(arguments)
    builds: dict[str, Build] = {"torch": lambda: lambda: f(*given)}
    if compiles():
        builds[STEP] = lambda: _called(torch.compile(f), given)
    return builds


def _called(f: Callable[..., Any], arguments: tuple[Any, ...]) -> Run:
    return lambda: f(*arguments)
