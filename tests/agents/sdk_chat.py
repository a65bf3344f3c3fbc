"""Holds one conversation with Chat Completions: answers in one piece and as events in turn."""

import json

import openai

from tools import PROMPT, TOOLS, schema, work

client = openai.OpenAI()
messages = [{"role": "user", "content": PROMPT}]
tools = [
    {
        "type": "function",
        "function": {"name": name, "description": TOOLS[name][0], "parameters": schema(name)},
    }
    for name in TOOLS
]
streams = False
while True:
    asked = dict(model="gpt-4o", messages=messages, tools=tools)
    if streams:
        with client.chat.completions.stream(
            **asked, stream_options={"include_usage": True}
        ) as stream:
            stream.until_done()
            answer = stream.get_final_completion()
    else:
        answer = client.chat.completions.create(**asked)
    streams = not streams
    message = answer.choices[0].message
    messages.append(message.to_dict())
    print(message.content)
    if not message.tool_calls:
        break
    for call in message.tool_calls:
        output = work(call.function.name, json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": output})
