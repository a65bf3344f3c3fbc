"""Holds one conversation with the Responses API: answers in one piece and as events in turn. What
is asked in one piece tells the whole history, the others only what followed the answer before."""

import json

import openai

from tools import PROMPT, TOOLS, schema, work

client = openai.OpenAI()
history = [{"role": "user", "content": PROMPT}]
tools = [
    {
        "type": "function",
        "name": name,
        "description": TOOLS[name][0],
        "parameters": schema(name),
        "strict": False,
    }
    for name in TOOLS
]
streams = False
answer = None
told = 0
while True:
    asked = dict(model="gpt-5", input=history, tools=tools)
    if streams:
        asked.update(input=history[told:], previous_response_id=answer.id)
        with client.responses.stream(**asked) as stream:
            stream.until_done()
            answer = stream.get_final_response()
    else:
        answer = client.responses.create(**asked)
    streams = not streams
    history += [item.to_dict() for item in answer.output]
    told = len(history)
    print(answer.output_text)
    calls = [item for item in answer.output if item.type == "function_call"]
    if not calls:
        break
    for call in calls:
        output = work(call.name, json.loads(call.arguments))
        history.append(
            {"type": "function_call_output", "call_id": call.call_id, "output": output}
        )
