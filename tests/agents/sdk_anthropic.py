"""Holds one conversation with the Messages API: answers in one piece and as events in turn."""

import anthropic

from tools import PROMPT, TOOLS, schema, work

client = anthropic.Anthropic()
messages = [{"role": "user", "content": PROMPT}]
tools = [
    {"name": name, "description": TOOLS[name][0], "input_schema": schema(name)} for name in TOOLS
]
streams = False
while True:
    asked = dict(model="claude-sonnet-4-5", max_tokens=1024, messages=messages, tools=tools)
    if streams:
        with client.messages.stream(**asked) as stream:
            answer = stream.get_final_message()
    else:
        answer = client.messages.create(**asked)
    streams = not streams
    messages.append({"role": "assistant", "content": [b.to_dict() for b in answer.content]})
    print("".join(block.text for block in answer.content if block.type == "text"))
    if answer.stop_reason != "tool_use":
        break
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": work(call.name, call.input)}
        for call in answer.content
        if call.type == "tool_use"
    ]
    messages.append({"role": "user", "content": results})
