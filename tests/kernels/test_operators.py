import pytest
import torch

from gnn_emotion.kernels import gat_aggregate, gat_attention, gatv2_aggregate, spmm


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_every_input_must_fit(operator, graphs, backend):
    inputs = operator.inputs(graphs["odd"])
    for at, tensor in enumerate(inputs):
        if operator.shapes[at] == "HC":  # the shape that the others are held to
            continue
        wrong = [*inputs[:at], tensor[:-1], *inputs[at + 1 :]]
        with pytest.raises(ValueError, match=r"has the shape \["):
            operator.call(graphs["odd"], *wrong, backend=backend)


def test_messages_give_the_shape_got_and_expected(graphs):
    csr = graphs["odd"]
    with pytest.raises(ValueError, match=r"^x has the shape \[4, 2\], expected \[11, any\]$"):
        spmm(csr, torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"^att has the shape \[3\], expected \[any, any\]$"):
        gatv2_aggregate(csr, torch.zeros(11, 1, 3), torch.zeros(7, 1, 3), torch.zeros(3))
    with pytest.raises(ValueError, match=r"^z_dst has the shape \[7, 2, 3\], expected \[7, 1, 3\]"):
        gatv2_aggregate(csr, torch.zeros(11, 1, 3), torch.zeros(7, 2, 3), torch.zeros(1, 3))
    with pytest.raises(ValueError, match=r"^score_dst has the shape \[11, 2\], expected \[7, 2\]$"):
        gat_attention(csr, torch.zeros(11, 2), torch.zeros(11, 2))


def test_other_and_mixed_dtypes_are_refused(graphs):
    csr = graphs["odd"]
    with pytest.raises(ValueError, match=r"x is torch.int32, expected float16, bfloat16, float32"):
        spmm(csr, torch.zeros(11, 2, dtype=torch.int32))
    with pytest.raises(ValueError, match=r"score_src is torch.float64.*same for all tensors"):
        gat_aggregate(
            csr, torch.zeros(11, 1, 2), torch.zeros(11, 1).double(), torch.zeros(7, 1).double()
        )


def test_tensors_on_another_device_are_refused(graphs):
    with pytest.raises(ValueError, match="x is on meta, expected cpu"):
        spmm(graphs["odd"], torch.zeros(11, 2, device="meta"))


def test_an_unknown_reduction_is_refused(graphs):
    with pytest.raises(ValueError, match="reduce is 'max', expected 'sum' or 'mean'"):
        spmm(graphs["odd"], torch.zeros(11, 2), reduce="max")
