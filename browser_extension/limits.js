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
    /** Characters of one turn as JSON: what a frame to Vigil holds, whatever the letters are. */
    turn: 1280 * 1024,
    /** Turns that are taken at once from what a conversation already holds. */
    imported: 400,
    /** Conversations that the site does not keep, to be known again. */
    temporary: 500,
    /** Characters of a text that is pasted, to be looked through before it is sent. */
    paste: 64 * 1024,
  };

  /** @param {unknown} text @param {number} most */
  const cut = (text, most) => {
    if (typeof text !== 'string') return undefined;
    // Half a letter, of the page's making or of the cut's, is no text to whoever reads it next.
    if (text.length <= most) return text.toWellFormed();
    return `${text.slice(0, most).toWellFormed()}\n[cut: ${text.length} characters in all]`;
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
    const { turn: most } = limits;
    /** @type {Turn} */
    const made = {
      conversation: turn.conversation.toWellFormed(),
      id: turn.id.toWellFormed(),
      parent: id(turn.parent) ? turn.parent.toWellFormed() : undefined,
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
            typeof tool?.name === 'string' ? [{ name: tool.name.slice(0, 200).toWellFormed(), input: cut(tool.input, 64 * 1024) }] : [],
          )
        : undefined,
    };
    const less = [
      () => (made.tools = made.tools?.map(({ name, input }) => ({ name, input: cut(input, 1024) }))),
      () => (made.thinking = cut(turn.thinking, 16 * 1024)),
      () => (made.text = cut(turn.text, limits.text / 4) ?? ''),
      () => ([made.attachments, made.citations] = [made.attachments?.slice(0, 16), made.citations?.slice(0, 16)]),
    ];
    for (const give of less) if (JSON.stringify(made).length > most) give();
    return made;
  };
})();
