"""Attacks on Redis' Lua, tried on our lambdas; src/lua/hostile_test.c has the rest of them."""

import json

import pytest
from raw import children, one, post

# Bodies that give true where the attack goes on; to fail, or to give something else, is well.
ATTACKS = {
    "CVE-2022-0543": 'return package.loadlib("libc.so.6", "*") ~= nil',
    "CVE-2024-31449": 'return bit.tohex(65535, -2147483648) ~= nil',
    "CVE-2024-46981": 'collectgarbage("count"); return true',
    "CVE-2025-49844": 'return load("return " .. ("{"):rep(200)) ~= nil',
    "CVE-2025-46817": 'return select("#", table.unpack({}, 0, 2147483647)) > 0',
    "CVE-2025-46817 wraps": "return select('#', table.unpack({}, math.mininteger, math.maxinteger)) > 0",
    "CVE-2025-46818": 'getmetatable("").__index.upper = function() return "poisoned" end return true',
    "CVE-2022-24735": "string.upper = function() return 'poisoned' end return true",
    "CVE-2022-24735 globals": "json = {encode = function() return 'poisoned' end} "
                              "_G = {} return json.encode({}) == 'poisoned' and 'own alone'",
    "CVE-2015-8080": 'return #("x"):rep(0x7fffffff) > 0',
}
APP = "routes:\n  /whole: {chain: {lambda: 'return (\"a\"):upper() .. json.encode({1}) .. string.upper(\"b\")'}}\n" + \
    "".join(f"  /a{i}: {{chain: {{lambda: {json.dumps(body)}}}}}\n"
            for i, body in enumerate(ATTACKS.values()))


@pytest.fixture(scope="module")
def server(launch):
    return launch(APP)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(server, name):
    workers = children(server)
    for _ in range(2):
        answer = one(server.port, post(f"/a{list(ATTACKS).index(name)}/invoke", {"input": 1}))
        assert answer.status == 500 or json.loads(answer.body)["output"] is not True
        whole = one(server.port, post("/whole/invoke", {"input": 1}))
        assert json.loads(whole.body)["output"] == "A[1]B"
    assert children(server) == workers
