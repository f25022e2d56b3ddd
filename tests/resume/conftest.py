"""The server that most tests of resumable streams share."""

import pytest
import servers
from resume_rig import APP


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Two workers, whose runs each other's clients come back for."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder, "--workers", "2").start()
    yield server
    server.stop_cleanly()
