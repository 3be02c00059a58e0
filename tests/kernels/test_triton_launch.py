"""What cannot be seen in the interpreter: that a GPU's compiler takes the kernels."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("triton")

# Kernels are compiled as for a call, for a GPU that need not be there, and not started.
COMPILE = """
import sys, torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from gnn_emotion.kernels import triton_autograd, triton_launch
from tests.kernels.conftest import GRAPHS, OPERATORS, narrow

class Absent:
    get_current_target = lambda self: GPUTarget("cuda", 90, 32)
    get_current_device = lambda self: 0
    get_current_stream = lambda self, device: 0

def compile(kernel, grid, *args, **options):
    code = kernel.warmup(*args, grid=grid, **options).asm["ptx"]
    assert "atom.global" not in code and "red.global" not in code, kernel
    compiled.add(f"{kernel.__module__.split('.')[-1]}.{kernel.__name__}")

driver.set_active(Absent())
triton_launch._launch, compiled = compile, set()
csr = narrow(GRAPHS["odd"])
functions = {
    "spmm weighted mean": lambda x, weight: triton_autograd.spmm(csr, x, weight, True),
    "gat with edges": lambda *a: triton_autograd.gat_aggregate(csr, *a, 0.2),
    "gatv2 with edges": lambda *a: triton_autograd.gatv2_aggregate(csr, *a, 0.2),
}
for name, function in functions.items():
    inputs = OPERATORS[name].inputs(csr, 4, 32, dtype=torch.bfloat16)
    function(*(t.requires_grad_() for t in inputs)).sum().backward()
print(*sorted(compiled))
"""


def test_kernels_compile_for_a_gpu_without_atomics(repo, tmp_path):
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COMPILE]
    done = subprocess.run(command, cwd=repo, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kernels = {
        "triton_blocks": ("merge_averages", "merge_sums"),
        "triton_gat": ("backward_rows", "backward_sources", "forward"),
        "triton_gatv2": ("backward_rows", "backward_sources", "forward"),
        "triton_spmm": ("edge_dot", "weighted_sum"),
    }
    wanted = [f"{module}.{name}" for module, names in kernels.items() for name in names]
    assert done.stdout.split() == wanted


@pytest.mark.parametrize("heads", [0, 1, 3, 4, 16])
@pytest.mark.parametrize("channels", [0, 1, 33, 128, 256, 4096])
def test_tiles_cover_the_channels_and_fit_the_registers(heads, channels):
    from gnn_emotion.kernels.triton_launch import _tile

    sizes = _tile(heads, channels)
    edges, some, wide, warps = (sizes[k] for k in ("BLOCK_E", "BLOCK_H", "BLOCK_C", "num_warps"))
    assert wide >= channels
    assert all(size > 0 and size & (size - 1) == 0 for size in sizes.values())
    assert edges * some * wide <= 1024 * warps
    assert some * wide <= 512 * warps
