// What a page can make us hold, at most. Beyond each there is a counter.
(() => {
  'use strict';
  const vigil = (globalThis.vigil ??= { sites: [] });

  vigil.limits = {
    /** Exchanges that are open at a time. */
    exchanges: 64,
    /** Characters of all of them. */
    held: 16 * 1024 * 1024,
    /** Characters of one text; what is longer is cut, and says so. */
    text: 256 * 1024,
    /** Characters of an id. */
    id: 200,
    /** Turns of one page in a minute. */
    turns: 240,
    /** Names of files, tools, sources with a turn. */
    list: 64,
    /** Characters of a text that is pasted, to be looked through before it is sent. */
    paste: 64 * 1024,
  };

  /** @param {unknown} text @param {number} most */
  const cut = (text, most) => {
    if (typeof text !== 'string') return undefined;
    return text.length <= most ? text : `${text.slice(0, most)}\n[cut: ${text.length} characters in all]`;
  };

  /**
   * The turn with nothing in it that is not a turn's, none of it longer than the limits; undefined for
   * one that is none. What comes from a page is a claim.
   * @param {any} turn
   * @returns {Turn | undefined}
   */
  vigil.bounded = (turn) => {
    const { limits } = vigil;
    const id = (/** @type {unknown} */ value) => typeof value === 'string' && value !== '' && value.length <= limits.id;
    if (!id(turn?.id) || !id(turn.conversation) || (turn.role !== 'user' && turn.role !== 'assistant')) return undefined;
    if (typeof turn.text !== 'string') return undefined;
    const list = (/** @type {unknown} */ given) =>
      Array.isArray(given) && given.length > 0
        ? given.slice(0, limits.list).flatMap((item) => (typeof item === 'string' ? [cut(item, 1024) ?? ''] : []))
        : undefined;
    return {
      conversation: turn.conversation,
      id: turn.id,
      parent: id(turn.parent) ? turn.parent : undefined,
      role: turn.role,
      text: cut(turn.text, limits.text) ?? '',
      thinking: cut(turn.thinking, limits.text),
      model: cut(turn.model, 200),
      status: turn.status === 'stopped' ? 'stopped' : 'done',
      how: ['new', 'edit', 'regenerate'].includes(turn.how) ? turn.how : undefined,
      attachments: list(turn.attachments),
      citations: list(turn.citations),
      tools: Array.isArray(turn.tools)
        ? turn.tools.slice(0, limits.list).flatMap((/** @type {any} */ tool) =>
            typeof tool?.name === 'string' ? [{ name: tool.name.slice(0, 200), input: cut(tool.input, 64 * 1024) }] : [],
          )
        : undefined,
    };
  };
})();
