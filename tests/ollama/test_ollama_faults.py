"""Whatever goes wrong upstream ends a run with the right error, and the next one goes well."""

import pytest
from provider_faults import (BEFORE, ERROR, check_leaving, check_not_retried, check_retried,
                             check_streamed, check_told, check_whole, named, row, rows)

FAULTS = [
    *rows(after=1),
    row("error_in_200", ERROR),
    row("error_mid_stream", ERROR, BEFORE, after=1),
]


@pytest.mark.parametrize("row", FAULTS, ids=map(named, FAULTS))
def test_whole(rig, row):
    check_whole(rig, *row)


@pytest.mark.parametrize("row", FAULTS, ids=map(named, FAULTS))
def test_streamed(rig, row):
    check_streamed(rig, *row)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retried(rig, status):
    check_retried(rig, status)


def test_not_retried(rig):
    check_not_retried(rig)


def test_told(rig):
    check_told(rig, overloaded=503)


def test_a_client_that_leaves_ends_the_stream_upstream(rig):
    check_leaving(rig)
