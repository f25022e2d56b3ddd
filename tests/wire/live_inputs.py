"""What the routes of app.yaml are asked: inputs and configs, good and wrong."""

from live_case import TRANSLATE

HUMAN = {"type": "human", "content": "Hi"}
GOOD = {
    "translate": [
        TRANSLATE, {"text": "é 漢 😀", "language": ""}, {**TRANSLATE, "extra": [1, None]},
        {"language": "{x}", "text": "line\nline\t\"quoted\" \\ / \u2028 \u007f"}
    ],
    "chat": [
        "Hi", "", [HUMAN], [], [{"type": "system", "content": "s"}, HUMAN],
        [{
            "type": "ai", "content": "x",
            "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c1", "type": "tool_call"}]
        }], [{"type": "tool", "content": "42", "tool_call_id": "c1"}],
        [{"type": "chat", "role": "judge", "content": "x"}],
        [{"type": "function", "name": "f", "content": "x"}],
        [{"type": "human", "content": [{"type": "text", "text": "a"}, "b"]}],
        [{**HUMAN, "id": "m1", "name": "bob", "unknown": True}],
        [{"type": "HumanMessageChunk", "content": "x"}],
        {"type": "StringPromptValue", "text": "Hi"}, {"text": "Hi"}, {"messages": [HUMAN]}
    ],
    "prompt_simple": [
        {"role": "cook", "question": "Why?"}, {"role": "{question}", "question": "}}{{"},
        {"question": "", "role": "é\n", "more": {}}
    ],
    "parallel": [
        {"x": 1}, {}, {"a": None, "b": [1.5, -0.0, True, "é"], "c": {"d": {}}},
        {"n": 9223372036854775807, "m": -9223372036854775808, "e": 1e22, "s": 1e-7},
        {"z": 1, "a": 2, "m": 3}, {"": ""}, {"key": "\b\f\u001f"}
    ],
    "assign": [TRANSLATE, {"text": "x", "language": "y", "more": 1}],
    "pick": [TRANSLATE, {"text": "x", "language": "y", "translated": "mine"}],
    "pick_many": [TRANSLATE, {"language": "L", "text": "x", "translated": "mine"}],
    "json": [{"n": "1"}, {"n": "x", "m": 2}],
    "llm": [
        "Hi", "", [HUMAN], [], [{"type": "system", "content": "s"}, HUMAN],
        {"type": "StringPromptValue", "text": "Hi"}, {"text": "Hi"}, {"messages": [HUMAN]}
    ],
    "retriever": ["q", "", "é 漢"],
    "rag": ["q", "", "é 漢"],
    "models": ["Hi", [HUMAN]],
    "picks": [{"x": 1, "y": 2, "z": [3], "more": 4}],
    "found": [{"q": "a", "more": 1}],
    "tool": [{"a": 3}, {"a": "3", "b": 4.0}, {"a": -1, "b": True, "more": 1}],
}
SIDE_BY_SIDE = ("parallel", "rag", "models", "picks")  # chunks of branches come as they may
OBJECT_ONLY = [None, 5, 1.5, True, "x", "", [], [1]]
WRONG = {
    "translate": [
        *OBJECT_ONLY, {}, {"language": "F"}, {"text": "x"}, {"language": 1, "text": None},
        {"language": ["F"], "text": {"a": 1}}, {"Language": "F", "text": "x"},
        {"language": True, "text": 1.5}, [TRANSLATE]
    ],
    "chat": [
        None, 5, True, {}, {"foo": 1}, HUMAN, [{"type": "human"}],
        [{"type": "robot", "content": "x"}], [{"type": "human", "content": 5}], {"text": 5},
        [HUMAN, {"type": "ai"}], {"messages": [{"type": "human"}]}
    ],
    "prompt_simple": [None, [], {"role": "cook"}, {"question": "q"}, {"role": 1, "question": 2}],
    "parallel": OBJECT_ONLY,
    "assign": [*OBJECT_ONLY, {}, {"language": "F"}, {"language": 0, "text": []}],
    "json": [None, {}, {"n": 1}, {"n": None}, {"N": "1"}],
    "llm": [None, 5, {}, HUMAN, [{"type": "robot", "content": "x"}], {"text": 5}],
    "retriever": [None, 5, True, [], {}, {"query": "q"}],
    "rag": [None, 5, True, [], {}, {"question": "q"}],
    "models": [None, 5, {}, [{"type": "robot", "content": "x"}]],
    "picks": OBJECT_ONLY,
    "found": OBJECT_ONLY,
    "tool": [*OBJECT_ONLY, {}, {"b": 1}, {"a": None}, {"a": 1.5}, {"a": "x", "b": []}],
}
# The original takes these for messages and breaks on them; reading them rightly is as good as
# refusing them.
NEARLY_MESSAGES = [[{"role": "user", "content": "Hi"}], [["human", "Hi"]], ["a", "b"],
                   [{"content": "Hi"}], [{"type": "tool", "content": "x"}]]
NEVER_MESSAGES = [[5], [None], [HUMAN, True], [[]]]
# Nothing is known of these routes' input, so it is the chain that fails: a 500, or an error event.
BREAKING = {
    "pick": [None, 5, "x", [], {}, {"text": "x"}], "pick_many": [None, {}, {"language": {}}]
}

VALUES = [
    None, True, 0, -1, 1e16, 1.0, -0.0, 1e-7, 9007199254740993, "", "é 漢 😀", "a\tb", [], {}, [[]],
    [None], {"a": None}, {"b": {"c": []}, "a": 1}, {"type": "human", "content": "x"},
    {"type": "Document", "page_content": "x"}, {"a/b": 1, "a~b": 2}, "event: end\r\n\r\n"
]

GOOD_CONFIGS = [
    {}, {"configurable": {}}, {"configurable": {"a": 1}}, {"configurable": None},
    {"configurable": 5}, {"tags": ["t"], "metadata": {"m": 1}}, {"tags": 5, "metadata": "x"},
    {"run_id": "11111111-2222-4333-8444-555555555555"}, {"run_id": "not-a-uuid"},
    {"run_name": "mine"}, {"recursion_limit": "x", "max_concurrency": 1}, {"unknown": [1]},
    {"recursionLimit": 25, "runName": "js"},
    {"tags": [], "metadata": {}, "recursion_limit": 25, "configurable": {}}
]
WRONG_CONFIGS = [[], [{}], 5, "x", True, 1.5]
