"""What schemathesis makes of /openapi.json: no server error, nothing undocumented."""

import re
import subprocess
import sys

import pytest
import servers

# One route of each sort: with a schema, with feedback, with configurables and per-request modifiers,
# a plain endpoint.  All routes would take long.
ROUTES = "typed|feedback_on|per_req|healthz"
# Left out, because the protocol is wider or narrower than a schema can say: `kwargs` of any type and
# numbers written as text are taken, and a config hash must unpack to a config.
UNFIT = "negative_data_rejection,positive_data_acceptance"


@pytest.fixture
def described(serve, tmp_path):
    """The wire tests' app, with the document that tells of errors and streams too."""
    wire = servers.TESTS / "wire"
    text = (wire / "app.yaml").read_text(encoding="utf-8")
    assert "openapi: langserve" in text
    (tmp_path / "app.yaml").write_text(text.replace("openapi: langserve", "openapi: full"),
                                       encoding="utf-8")
    (tmp_path / "functions.lua").write_bytes((wire / "functions.lua").read_bytes())
    return serve(tmp_path / "app.yaml", env={"WIRE_STORE": str(tmp_path / "store.db")})


def test_nothing_is_undocumented(described, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", described.url + "/openapi.json",
         "--include-path-regex", f"^/({ROUTES})(/|$)", "--exclude-checks", UNFIT,
         "--phases", "examples,coverage,fuzzing", "--max-examples", "2",
         "--generation-deterministic", "--no-shrink", "--continue-on-failure",
         "--request-timeout", "30", "--warnings", "off"],
        cwd=tmp_path, capture_output=True, text=True, timeout=110)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", run.stdout)
    assert tested and int(tested.group(1)) > 50, run.stdout[-2000:]
