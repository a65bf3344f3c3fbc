// Written by `vigil guard on opencode`; `vigil guard off opencode` takes it away.
import { spawn } from "node:child_process";

const call = "@COMMAND@";
const patience = 5000;

function ask(question) {
  return new Promise((resolve) => {
    const env = { ...process.env, VIGIL_HOME: call.home };
    const child = spawn(call.vigil, call.arguments, {
      env,
      stdio: ["pipe", "pipe", "ignore"],
      timeout: patience,
    });
    let said = "";
    child.on("error", () => resolve({}));
    child.stdin.on("error", () => {});
    child.stdout.on("data", (part) => {
      said += part;
    });
    child.on("close", () => {
      try {
        resolve(JSON.parse(said));
      } catch {
        resolve({});
      }
    });
    child.stdin.end(JSON.stringify(question));
  });
}

export const Vigil = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    if (input.tool !== "bash") return;
    const answer = await ask({
      session_id: input.sessionID,
      tool_use_id: input.callID,
      tool_name: input.tool,
      tool_input: output.args,
      cwd: directory,
    });
    if (answer.decision === "deny") throw new Error(answer.reason);
  },
});
