// Written by `vigil guard on pi`; `vigil guard off pi` takes it away.
import { spawn } from "node:child_process";

const call: any = "@COMMAND@";
const patience = 5000;

function ask(question: unknown): Promise<any> {
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
    child.stdout.on("data", (part: any) => {
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

export default function (pi: any) {
  pi.on("tool_call", async (event: any, ctx: any) => {
    if (event.toolName !== "bash") return;
    const answer = await ask({
      session_id: ctx.sessionManager.getSessionId(),
      tool_use_id: event.toolCallId,
      tool_name: event.toolName,
      tool_input: event.input,
      cwd: ctx.cwd,
    });
    if (answer.decision === "deny") return { block: true, reason: answer.reason };
  });
}
