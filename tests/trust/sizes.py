"""How much a run does: PR unless TEST_TIER says nightly or release (TRUST.md 5)."""

import os
import random

TIER = os.environ.get("TEST_TIER", "pr")


def size(pr: int, nightly: int, release: int | None = None) -> int:
    """The figure of this run's tier; release as nightly where TRUST.md says "="."""
    return {"pr": pr, "nightly": nightly}.get(TIER, release if release is not None else nightly)


def dice(name: str) -> random.Random:
    """Seeded, and says its seed, so that a failing run can be had again: SEED=... ./run test -k name."""
    seed = os.environ.get("SEED", f"{name}-1")
    print(f"seed: {seed}")
    return random.Random(seed)
