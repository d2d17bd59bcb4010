"""Hypothesis strategies for the fuzzing targets: mutated files, mutated JSON, and any JSON."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

SAMPLE = Path(__file__).parents[2] / "tests" / "projects"
WORDS = """' " \\ { } [ ] : # ${ % = &a *a <<: -e . -r . @ file:///etc/passwd"""
SPLICES = [
    *(word.encode() for word in WORDS.split(" ")), b"", b"\0", b"\r", b"\n", b"\t", b": ", b"- ", b"&a ", b"<<: *a",
    "\u00e9\u202e\x1b]52;c;x\x07".encode(), b"!!python/object/apply:os.system [id]", b"\xff\xfe", b"(" * 300,
    b"[" * 5000, b"{" * 5000, b"9" * 5000,
]  # fmt: skip


@st.composite
def mutated(draw, originals):
    """Mutate one of *originals*: cut, double or overwrite a few places, or insert text that is hard to parse."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(
            st.one_of(st.sampled_from(SPLICES), st.binary(max_size=12), st.just(bytes(content[start:end]) * 2))
        )
        content[start:end] = piece
    return bytes(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated_json(draw, originals):
    """Mutate the JSON of one of *originals*: replace, rename or remove some parts."""
    return _mutate_json(draw, draw(st.sampled_from(originals)))


def _mutate_json(draw, value):
    if draw(st.integers(0, 6)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {name: _mutate_json(draw, each) for name, each in value.items() if draw(st.integers(0, 8))}
    if isinstance(value, list):
        return [_mutate_json(draw, each) for each in value] * draw(st.sampled_from([1, 1, 0, 2]))
    return value


def texts(*patterns):
    """Return the contents of the sample files that match *patterns*."""
    found = [path.read_bytes() for pattern in patterns for path in sorted(SAMPLE.glob(pattern)) if path.is_file()]
    assert found, patterns
    return found
