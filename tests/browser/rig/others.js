// Conversations of the other clients whose files are lines, in the shapes that they write them.
// Nothing of a real one is in here.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sessionId } from './session.js';

/** @typedef {{ prompt: string, answer: string, command: string, output: string, failed?: boolean, thinking?: string }} Said */
/**
 * `start` is in milliseconds, `every` the seconds from one turn to the next.
 * @typedef {{ id?: string, cwd?: string, branch?: string, version?: string, model?: string, title?: string, tool?: string, start?: number, every?: number }} Facts
 */
/** What is there to write a line with. @typedef {Required<Omit<Facts, 'title'>> & { title: string | null, number: number, time: () => string, name: (what: string) => string }} Pen */
/** @typedef {{ path: (pen: Pen) => string, start: (pen: Pen) => object[], turn: (pen: Pen, said: Said) => object[] }} Shape */

/** @type {Record<string, Shape>} */
const SHAPES = { codex: codex(), 'copilot-cli': copilot(), 'gemini-cli': gemini(), pi: pi(), 'qwen-code': qwen() };

/** Their words. */
export const OTHERS = Object.keys(SHAPES);

/**
 * Writes one session below the user's home.
 * @param {string} user @param {string} client @param {number} number @param {Facts} facts @param {Said[]} turns
 */
export function converse(user, client, number, facts, turns) {
  const shape = SHAPES[client];
  let [clock, turn] = [facts.start ?? Date.now() - 3_600_000, 0];
  /** @type {Pen} */
  const pen = {
    id: sessionId(number), cwd: '/home/dev/shop', branch: 'main', version: '0.90.1', model: 'model-1', tool: 'bash',
    title: null, start: clock, every: 60, ...facts, number,
    time: () => new Date((clock += 1000)).toISOString(),
    name: (what) => `${what}_${number}_${turn}`,
  };
  const lines = shape.start(pen);
  for (const said of turns) {
    lines.push(...shape.turn(pen, said));
    clock += pen.every * 1000;
    turn += 1;
  }
  const path = join(user, shape.path(pen));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** @param {Pen} pen */
const file = ({ number }) => sessionId(number);

/** @param {Pen} pen */
const day = ({ start }) => new Date(start).toISOString().slice(0, 10);

/** Thousands of tokens that the model has read by this turn. @param {Pen} pen */
const context = (pen) => 9000 * (1 + Number(pen.name('').split('_').at(-1)));

/** @returns {Shape} */
function codex() {
  /** @param {Pen} pen @param {string} type @param {object} payload */
  const line = (pen, type, payload) => ({ timestamp: pen.time(), type, payload });
  /** @param {Pen} pen @param {object} payload */
  const item = (pen, payload) => line(pen, 'response_item', payload);
  return {
    path: (pen) => `.codex/sessions/${day(pen).replaceAll('-', '/')}/rollout-${day(pen)}T00-00-00-${file(pen)}.jsonl`,
    start: (pen) => [
      line(pen, 'session_meta', {
        session_id: pen.id, id: pen.id, cwd: pen.cwd, cli_version: pen.version, originator: 'codex_exec', source: 'exec',
        model_provider: 'openai', git: { branch: pen.branch },
      }),
      ...(pen.title === null ? [] : [line(pen, 'event_msg', { type: 'thread_name_updated', thread_name: pen.title })]),
    ],
    turn: (pen, { prompt, answer, command, output, failed }) => {
      const [id, call] = [pen.name('turn'), pen.name('call')];
      const read = context(pen);
      const usage = { input_tokens: read + 900, cached_input_tokens: read, output_tokens: 350, reasoning_output_tokens: 90, total_tokens: read + 1250 };
      return [
        line(pen, 'turn_context', { turn_id: id, cwd: pen.cwd, model: pen.model }),
        item(pen, { type: 'message', id: `${id}_u`, role: 'user', content: [{ type: 'input_text', text: prompt }] }),
        item(pen, { type: 'message', id: `${id}_a`, role: 'assistant', content: [{ type: 'output_text', text: answer }] }),
        item(pen, { type: 'function_call', id: `${id}_f`, name: pen.tool, call_id: call, arguments: JSON.stringify({ cmd: command }) }),
        line(pen, 'token_usage_record', { response_id: pen.name('resp'), usage }),
        item(pen, { type: 'function_call_output', id: `${id}_o`, call_id: call, output: `Process exited with code ${failed ? 1 : 0}\nOutput:\n${output}` }),
      ];
    },
  };
}

/** @returns {Shape} */
function copilot() {
  let n = 0;
  /** @param {Pen} pen @param {string} type @param {object} data */
  const line = (pen, type, data) => ({ type, data, id: `${file(pen)}-${(n += 1)}`, timestamp: pen.time(), parentId: null });
  return {
    path: (pen) => `.copilot/session-state/${file(pen)}/events.jsonl`,
    start: (pen) => [line(pen, 'session.start', { sessionId: pen.id, copilotVersion: pen.version, context: { cwd: pen.cwd, branch: pen.branch } })],
    turn: (pen, { prompt, answer, command, output, failed }) => {
      const [message, call] = [pen.name('msg'), pen.name('call')];
      const usage = {
        model: pen.model, inputTokens: context(pen) + 900, outputTokens: 180, cacheReadTokens: context(pen), cacheWriteTokens: 20, cost: 0,
        apiCallId: message, isByok: true, modelProvider: 'anthropic', providerType: 'anthropic', apiEndpoint: '/v1/messages',
        providerCallId: `req_${message}`, finishReason: 'stop',
      };
      const asked = { toolCallId: call, name: pen.tool, arguments: { command } };
      return [
        line(pen, 'user.message', { content: prompt }),
        line(pen, 'session.usage_record', { usage }),
        line(pen, 'assistant.message', { messageId: `m_${message}`, apiCallId: message, content: answer, toolRequests: [asked] }),
        line(pen, 'tool.execution_start', { toolCallId: call, toolName: pen.tool, arguments: { command } }),
        line(pen, 'tool.execution_complete', { toolCallId: call, success: !failed, shellExecution: { exitCode: failed ? 1 : 0 }, result: { content: output } }),
      ];
    },
  };
}

/** @returns {Shape} */
function gemini() {
  /** @param {Pen} pen @param {string} id @param {object[]} content */
  const user = (pen, id, content) => ({ id, timestamp: pen.time(), type: 'user', content });
  return {
    path: (pen) => `.gemini/tmp/shop/chats/session-${pen.number}.jsonl`,
    start: (pen) => {
      const time = pen.time();
      const meta = { sessionId: pen.id, projectHash: 'c998', startTime: time, lastUpdated: time, kind: 'main' };
      return [meta, ...(pen.title === null ? [] : [{ $set: { summary: pen.title } }])];
    },
    turn: (pen, { prompt, answer, command, output, failed, thinking }) => {
      const call = `${pen.tool}__${pen.name('call')}`;
      const returned = { functionResponse: { id: call, name: pen.tool, response: { output } } };
      const asked = user(pen, pen.name('u'), [{ text: prompt }]);
      const timestamp = pen.time();
      const read = context(pen);
      const said = {
        id: pen.name('g'), timestamp, type: 'gemini', content: answer, model: pen.model,
        thoughts: thinking === undefined ? [] : [{ subject: 'A look', description: thinking, timestamp }],
        tokens: { input: read + 900, output: 150, cached: read, thoughts: 30, tool: 0, total: read + 1080 },
      };
      const tool = {
        id: call, name: pen.tool, args: { command }, status: failed ? 'error' : 'success', result: [returned], resultDisplay: 'shown', timestamp,
      };
      return [asked, said, { ...said, toolCalls: [tool] }, user(pen, pen.name('r'), [returned])];
    },
  };
}

/** @returns {Shape} */
function pi() {
  let n = 0;
  /** @param {Pen} pen @param {object} message */
  const line = (pen, message) => ({ type: 'message', id: `${file(pen)}-${(n += 1)}`, parentId: null, timestamp: pen.time(), message });
  /** @param {string} words */
  const text = (words) => ({ type: 'text', text: words });
  return {
    path: (pen) => `.pi/agent/sessions/--home-dev-shop--/${day(pen)}T00-00-00-000Z_${file(pen)}.jsonl`,
    start: (pen) => [
      { type: 'session', version: 3, id: pen.id, timestamp: pen.time(), cwd: pen.cwd },
      ...(pen.title === null ? [] : [{ type: 'session_info', id: `${file(pen)}-name`, parentId: null, timestamp: pen.time(), name: pen.title }]),
    ],
    turn: (pen, { prompt, answer, command, output, failed }) => {
      const call = pen.name('call');
      const read = context(pen);
      const usage = { input: 900, output: 240, cacheRead: read, cacheWrite: 20, totalTokens: read + 1160, cost: { total: 0.0153 } };
      const asked = { type: 'toolCall', id: call, name: pen.tool, arguments: { command } };
      return [
        line(pen, { role: 'user', content: [text(prompt)] }),
        line(pen, {
          role: 'assistant', content: [text(answer), asked], api: 'anthropic-messages', provider: 'anthropic', model: pen.model, usage,
          stopReason: 'toolUse', responseId: pen.name('msg'),
        }),
        line(pen, { role: 'toolResult', toolCallId: call, toolName: pen.tool, content: [text(output)], isError: failed === true }),
      ];
    },
  };
}

/** @returns {Shape} */
function qwen() {
  let n = 0;
  /** @param {Pen} pen @param {string} type @param {object} more */
  const line = (pen, type, more) => ({
    uuid: `${file(pen)}-${(n += 1)}`, parentUuid: null, sessionId: pen.id, timestamp: pen.time(), type, cwd: pen.cwd, version: pen.version,
    gitBranch: pen.branch, ...more,
  });
  return {
    path: (pen) => `.qwen/projects/-home-dev-shop/chats/${file(pen)}.jsonl`,
    start: (pen) => (pen.title === null ? [] : [line(pen, 'system', { subtype: 'custom_title', systemPayload: { customTitle: pen.title } })]),
    turn: (pen, { prompt, answer, command, output, failed }) => {
      const call = pen.name('call');
      const read = context(pen);
      const told = {
        'event.name': 'qwen-code.api_response', response_id: pen.name('chatcmpl'), model: pen.model, status_code: 200, auth_type: 'openai',
        input_token_count: read + 900, output_token_count: 210, cached_content_token_count: read, thoughts_token_count: 40,
        total_token_count: read + 1110, prompt_id: pen.name('prompt'),
      };
      const returned = { functionResponse: { id: call, name: pen.tool, response: { output } } };
      const parts = [{ text: answer }, { functionCall: { id: call, name: pen.tool, args: { command } } }];
      const usageMetadata = {
        promptTokenCount: read + 900, candidatesTokenCount: 210, thoughtsTokenCount: 40, totalTokenCount: read + 1110, cachedContentTokenCount: read,
      };
      return [
        line(pen, 'user', { message: { role: 'user', parts: [{ text: prompt }] } }),
        line(pen, 'system', { subtype: 'ui_telemetry', systemPayload: { uiEvent: told } }),
        line(pen, 'assistant', { model: pen.model, message: { role: 'model', parts }, usageMetadata }),
        line(pen, 'tool_result', {
          message: { role: 'user', parts: [returned] }, toolCallResult: { callId: call, status: failed ? 'error' : 'success', resultDisplay: 'shown' },
        }),
      ];
    },
  };
}
