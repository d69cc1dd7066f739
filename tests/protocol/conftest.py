"""Protocol texts to spoil, and what loading them says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trial.protocol import Fault, ProtocolFaults, load
from trial.protocol.loading import SHIPPED


@pytest.fixture(scope="session")
def ipsoh() -> str:
    """IPSOH as the text of one file."""
    return "\n".join(file.read_text() for file in sorted(SHIPPED.glob("*.toml")))


@pytest.fixture
def faults(tmp_path: Path) -> Callable[[str | bytes], tuple[Fault, ...]]:
    """The faults of a protocol with this content; none if it loads."""

    def of(content: str | bytes) -> tuple[Fault, ...]:
        file = tmp_path / "trial.toml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        try:
            load(file)
        except ProtocolFaults as wrong:
            assert wrong.faults
            return wrong.faults
        return ()

    return of


@pytest.fixture
def answered(faults: Callable[[str | bytes], tuple[Fault, ...]]) -> Callable[..., None]:
    """Spoil a text in one place, and see the fault placed there and answered."""

    def see(content: str, right: str, wrong: str, place: str, says: str) -> None:
        assert right in content
        found = faults(content.replace(right, wrong, 1))
        there = [fault.message for fault in found if fault.place == place]
        assert any(says in message for message in there), [str(fault) for fault in found]

    return see
