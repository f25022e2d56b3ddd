"""Fixtures of the tests of the HTTP server."""

import pytest


@pytest.fixture(scope="session")
def corpora(shared):
    """The folder of public test corpora."""
    if not (shared / "corpora").is_dir():
        pytest.skip(f"{shared / 'corpora'} is not there (set LANGSERVED_SHARED)")
    return shared / "corpora"
