"""Any bytes: no parser crashes, hangs, or grows. `make fuzz` goes on where these few inputs end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.seeds import SEEDS
from tests.fuzzing.targets import TARGETS

CRASHERS = Path(__file__).parent / "crashers"
LONGEST_S = 1.0


@pytest.fixture(autouse=True)
def environment_as_before() -> Iterator[None]:
    before = os.environ.get("PLANTAIN_ENV_FILE")
    yield
    if before is None:
        os.environ.pop("PLANTAIN_ENV_FILE", None)
    else:
        os.environ["PLANTAIN_ENV_FILE"] = before


def timed(name: str, data: bytes) -> None:
    began_s = process_time()  # of the processor: other tests run beside this one
    TARGETS[name](data)
    assert process_time() - began_s < LONGEST_S


@st.composite
def mutated(draw: st.DrawFn, name: str) -> bytes:
    """Return a seed with some bytes changed, left out, put in or doubled, or any bytes at all."""
    data = bytearray(draw(st.sampled_from(SEEDS[name])))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                del data[at : at + draw(st.integers(1, 20))]
            case 2:
                data[at:at] = draw(st.binary(max_size=20))
            case _:
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
    return bytes(data)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's words on odd metadata
@pytest.mark.parametrize("name", TARGETS)
def test_parser_keeps_its_promise_whatever_comes(name: str) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.one_of(mutated(name), st.binary(max_size=300)))
    def run(data: bytes) -> None:
        timed(name, data)

    for seed in SEEDS[name]:
        timed(name, seed)
    run()


@pytest.mark.parametrize("path", sorted(CRASHERS.rglob("*.bin")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_once_broke_a_parser_does_so_no_more(path: Path) -> None:
    timed(path.parent.name, path.read_bytes())
