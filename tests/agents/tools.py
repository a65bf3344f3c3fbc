"""What the scripts that use a provider's SDK have in common: two tools, and their work."""

import subprocess
import sys

PROMPT = sys.argv[1]

TOOLS = {
    "shell": ("Runs a command.", {"command": {"type": "string"}}),
    "read_file": ("Reads a file.", {"path": {"type": "string"}}),
    "write_file": (
        "Writes a file.",
        {"path": {"type": "string"}, "content": {"type": "string"}},
    ),
}


def schema(name):
    """The JSON schema of a tool's input."""
    fields = TOOLS[name][1]
    return {"type": "object", "properties": fields, "required": list(fields)}


def work(name, given):
    """Does what the model asks for, and gives what it is told of it."""
    if name == "shell":
        done = subprocess.run(given["command"], shell=True, capture_output=True, text=True)
        return done.stdout + done.stderr
    if name == "read_file":
        with open(given["path"]) as file:
            return file.read()
    with open(given["path"], "w") as file:
        file.write(given["content"])
    return "written"
