// Synthetic transcripts in the shape that Claude Code writes: one JSON document a line, each
// repeating its session, folder and version. Nothing of a real one is in here.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{ id?: string, cwd?: string, branch?: string, version?: string, model?: string, start?: number }} Facts */

/** An id that a session numbered `n` may have. @param {number} n */
export const sessionId = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export class Session {
  /** Lines that are not written yet. @type {object[]} */
  lines = [];
  #count = 0;
  #answers = 0;
  /** Tokens that the model is shown. */
  context = 0;
  /** How many more of them with each answer. */
  growth = 9000;
  #tools = 0;

  /**
   * @param {number} number tells its ids apart from every other session's
   * @param {Facts} facts `start` is in milliseconds
   */
  constructor(number, facts = {}) {
    this.number = number;
    this.id = facts.id ?? sessionId(number);
    this.cwd = facts.cwd ?? '/home/dev/shop';
    this.branch = facts.branch ?? 'main';
    this.version = facts.version ?? '2.1.330';
    this.model = facts.model ?? 'claude-sonnet-4-5';
    this.clock = facts.start ?? Date.now() - 3_600_000;
    /** @type {string | undefined} */
    this.agent = undefined;
    /** Where its lines are written. @type {string | undefined} */
    this.file = undefined;
  }

  /** Lets time go by. @param {number} seconds */
  wait(seconds) {
    this.clock += seconds * 1000;
    return this;
  }

  /** One line of any type, with what every line repeats. @param {string} type @param {object} more */
  line(type, more) {
    this.#count += 1;
    this.clock += 1000;
    this.lines.push({
      type,
      uuid: `${this.id}-${this.agent ?? 'main'}-${this.#count}`,
      parentUuid: null,
      isSidechain: this.agent !== undefined,
      ...(this.agent === undefined ? {} : { agentId: this.agent }),
      sessionId: this.id,
      cwd: this.cwd,
      gitBranch: this.branch,
      version: this.version,
      timestamp: new Date(this.clock).toISOString(),
      ...more,
    });
    return this;
  }

  /** What a person asks. @param {string} text */
  prompt(text) {
    return this.line('user', { message: { role: 'user', content: text } });
  }

  /** A new answer of the model; its blocks follow. */
  answer() {
    this.#answers += 1;
    this.context += this.growth;
    return this;
  }

  /** One block of the present answer. @param {object} block */
  block(block) {
    const message = `msg_${this.number}_${this.agent ?? ''}${this.#answers}`;
    return this.line('assistant', {
      requestId: `req_${message}`,
      message: {
        id: message,
        type: 'message',
        role: 'assistant',
        model: this.model,
        content: [block],
        stop_reason: 'end_turn',
        usage: {
          input_tokens: 40,
          output_tokens: 120 + (this.#answers % 40),
          cache_read_input_tokens: this.context,
          cache_creation_input_tokens: 800,
        },
      },
    });
  }

  /** @param {string} text */
  says(text) {
    return this.answer().block({ type: 'text', text });
  }

  /** @param {string} thinking */
  thinks(thinking) {
    return this.answer().block({ type: 'thinking', thinking, signature: 'c2ln' });
  }

  /** A call of a tool in an answer of its own; gives the call's id. @param {string} name @param {object} input */
  asks(name, input) {
    this.#tools += 1;
    const id = `toolu_${this.number}_${this.agent ?? ''}${this.#tools}`;
    this.answer().block({ type: 'tool_use', id, name, input });
    return id;
  }

  /** The result of a call. @param {string} id @param {string} content @param {object} more of the line @param {boolean} failed */
  result(id, content, more = {}, failed = false) {
    const block = { type: 'tool_result', tool_use_id: id, content, is_error: failed };
    return this.line('user', { message: { role: 'user', content: [block] }, ...more });
  }

  /** A call and its result. @param {string} name @param {object} input @param {string} output */
  tool(name, input, output) {
    const id = this.asks(name, input);
    return this.wait(1).result(id, output);
  }

  /** A call that fails. @param {string} name @param {object} input @param {string} output */
  fails(name, input, output) {
    return this.result(this.asks(name, input), output, {}, true);
  }

  /** A call that the person refuses. @param {string} name @param {object} input */
  denied(name, input) {
    const more = {
      permissionDecision: { decision: 'reject', source: 'user' },
      toolDenialKind: 'user-rejected',
    };
    return this.result(this.asks(name, input), 'The user does not want this.', more, true);
  }

  /** The client sums up what was said and goes on with that. @param {string} summary */
  compacts(summary) {
    const preTokens = this.context;
    this.context = 12_000;
    this.line('system', {
      subtype: 'compact_boundary',
      content: 'Conversation compacted',
      compactMetadata: { trigger: 'auto', preTokens },
    });
    const message = { role: 'user', content: summary };
    return this.line('user', { isCompactSummary: true, message });
  }

  /** @param {string} title */
  title(title) {
    this.lines.push({ type: 'custom-title', customTitle: title, sessionId: this.id });
    return this;
  }

  /** Another agent that this one starts; `work` writes what it does. @param {string} agent @param {string} type @param {string} task @param {(sub: Session) => void} work */
  delegates(agent, type, task, work) {
    const id = this.asks('Task', { prompt: task, subagent_type: type, description: task });
    const sub = new Session(this.number, { ...this, start: this.clock });
    sub.agent = agent;
    sub.prompt(task);
    work(sub);
    this.clock = sub.clock;
    this.subagents.push({ agent, type, id, lines: sub.lines });
    const done = { status: 'completed', agentId: agent, agentType: type };
    return this.result(id, 'Done.', { toolUseResult: done });
  }

  /** @type {{ agent: string, type: string, id: string, lines: object[] }[]} */
  subagents = [];

  /** Writes what is new below the client's folder of projects. @param {string} projects */
  write(projects) {
    const folder = join(projects, this.cwd.replace(/[^A-Za-z0-9]/g, '-').slice(0, 100));
    const file = this.file ??= join(folder, `${this.fileName()}.jsonl`);
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, jsonl(this.lines));
    this.lines = [];
    for (const { agent, type, id, lines } of this.subagents.splice(0)) {
      const beside = join(folder, this.fileName(), 'subagents', `agent-${agent}`);
      mkdirSync(dirname(beside), { recursive: true });
      writeFileSync(`${beside}.jsonl`, jsonl(lines));
      writeFileSync(
        `${beside}.meta.json`,
        JSON.stringify({ agentType: type, toolUseId: id, spawnDepth: 1 }),
      );
    }
    return this;
  }

  /** A hostile id is no name of a file. */
  fileName() {
    return /^[0-9a-f-]+$/.test(this.id) ? this.id : sessionId(this.number);
  }
}

/** @param {object[]} lines */
const jsonl = (lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
