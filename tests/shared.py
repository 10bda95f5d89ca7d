"""Where the reference folder lies, for tests that use it, and the marks that skip them where it is absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
MIRROR = SHARED / "mirror"
GOLDEN = SHARED / "golden"
CATALOGUE = SHARED / "catalogue"

needs_mirror = pytest.mark.skipif(not MIRROR.is_dir(), reason="needs ../shared/mirror (real extracts), not here")
needs_golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason="needs ../shared/golden (reference answers), not here")
needs_catalogue = pytest.mark.skipif(not CATALOGUE.is_dir(), reason="needs ../shared/catalogue, not here")
