// What people call the clients. A test holds this table against the one of vigil-proto/src/client.rs.

import { own } from './own.js';

/** Names by word; others are shown as recorded. @type {Record<string, string>} */
const NAMES = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  'gemini-cli': 'Gemini CLI',
  'qwen-code': 'Qwen Code',
  opencode: 'opencode',
  'copilot-cli': 'Copilot CLI',
  pi: 'pi',
  aider: 'aider',
  'cursor-agent': 'Cursor Agent',
  cursor: 'Cursor',
  'claude-desktop': 'Claude Desktop',
  'vscode-chat': 'VS Code chat',
  cline: 'Cline',
  'roo-code': 'Roo Code',
  'kilo-code': 'Kilo Code',
  zed: 'Zed',
  continue: 'Continue',
  windsurf: 'Windsurf',
  'claude-web': 'claude.ai',
  'chatgpt-web': 'chatgpt.com',
  'gemini-web': 'gemini.google.com',
  'perplexity-web': 'perplexity.ai',
  'copilot-web': 'copilot.microsoft.com',
  'deepseek-web': 'chat.deepseek.com',
};

/** @param {string} word */
export function clientName(word) {
  return own(NAMES, word) ?? word;
}

/** The clients that are web sites: what is known of them is a page's own word. */
export const SITES = new Set(Object.keys(NAMES).filter((word) => word.endsWith('-web')));

/** @param {string | null} word */
export function isSite(word) {
  return word !== null && SITES.has(word);
}
