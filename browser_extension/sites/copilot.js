// copilot.microsoft.com: one socket for a page, small JSON messages both ways.
(() => {
  'use strict';
  const { vigil } = globalThis;
  /** Answers that are on their way at a time in one socket, and characters of one. */
  const MOST = { answers: 16, text: 1024 * 1024 };
  const HISTORY = /^\/c\/api\/conversations\/([^/]+)\/history$/;

  /** @param {any} content */
  const textOf = (content) => (Array.isArray(content) ? content.map((part) => vigil.text(part?.text) ?? '').join('') : '');

  vigil.sites.push({
    name: 'copilot.microsoft.com',
    hosts: ['copilot.microsoft.com'],
    parse(exchange) {
      const listed = HISTORY.exec(new URL(exchange.url).pathname)?.[1];
      if (listed === undefined) return undefined;
      const results = vigil.json(exchange.text)?.results;
      if (!Array.isArray(results)) return { turns: [], unknown: 1 };
      const turns = results.flatMap((message) => {
        const text = textOf(message?.content);
        if (!vigil.text(message?.id) || text === '') return [];
        const role = message.author?.type === 'human' ? /** @type {const} */ ('user') : /** @type {const} */ ('assistant');
        return [{ conversation: listed, id: message.id, role, text, status: /** @type {const} */ ('done') }];
      });
      return { turns, history: true };
    },
    socket() {
      /** What is being sent, until the site names it. @type {any} */
      let asked;
      /** @type {Map<string, any>} */
      const answers = new Map();
      let conversation = '';

      /** @param {any} answer @param {'done' | 'stopped'} status @returns {Turn} */
      const turn = (answer, status) => ({
        conversation: answer.conversation,
        id: answer.id,
        parent: answer.parent,
        role: 'assistant',
        text: answer.text,
        model: answer.model,
        status,
        how: 'new',
        citations: answer.citations,
      });

      return {
        out(frame) {
          const said = vigil.json(frame);
          if (said?.event === 'send') {
            conversation = vigil.text(said.conversationId) ?? conversation;
            asked = {
              text: textOf(said.content),
              model: vigil.text(said.mode),
              attachments: vigil.names(said.content?.filter((/** @type {any} */ part) => part?.type !== 'text'), 'name', 'url'),
            };
          }
          return undefined;
        },
        in(frame) {
          const said = vigil.json(frame);
          const answer = answers.get(said?.messageId);
          switch (said?.event) {
            case 'received': {
              conversation = vigil.text(said.conversationId) ?? conversation;
              if (asked === undefined || !vigil.text(said.messageId)) return undefined;
              const { text, model, attachments } = asked;
              asked = { model, id: said.messageId };
              if (text === '') return undefined;
              return { turns: [{ conversation, id: said.messageId, role: 'user', text, status: 'done', how: 'new', attachments }] };
            }
            case 'startMessage':
              if (answers.size >= MOST.answers) return { turns: [], unknown: 1 };
              answers.set(said.messageId, {
                id: said.messageId,
                conversation: vigil.text(said.conversationId) ?? conversation,
                parent: asked?.id,
                model: vigil.text(said.model) ?? asked?.model,
                text: '',
                citations: [],
              });
              return undefined;
            case 'appendText':
              if (answer === undefined) return { turns: [], unknown: 1 };
              answer.text += `${vigil.text(said.text) ?? ''}`.slice(0, MOST.text - answer.text.length);
              return undefined;
            case 'replaceText':
              if (answer !== undefined) answer.text = `${vigil.text(said.text) ?? ''}`.slice(0, MOST.text);
              return undefined;
            case 'citation':
              if (answer !== undefined && vigil.text(said.url) && answer.citations.length < vigil.limits.list) answer.citations.push(said.url);
              return undefined;
            case 'done':
              if (answer === undefined) return { turns: [], unknown: 1 };
              answers.delete(said.messageId);
              return { turns: [turn(answer, said.stopped === true ? 'stopped' : 'done')] };
            case 'partCompleted':
            case 'titleUpdate':
            case 'connected':
            case 'pong':
            case 'suggestedFollowups':
            case 'chainOfThought':
            case 'setOptions':
              return undefined;
            default:
              return { turns: [], unknown: 1 };
          }
        },
        held: () => [...answers.values()].reduce((sum, { text }) => sum + text.length, asked?.text?.length ?? 0),
        end() {
          const cut = [...answers.values()].map((answer) => turn(answer, 'stopped'));
          answers.clear();
          return { turns: cut };
        },
      };
    },
    conversation: (url) => /^\/chats\/([^/?]+)/.exec(url.pathname)?.[1],
    page: {
      turns: [
        {
          all: '[data-content="user-message"], [data-content="ai-message"]',
          role: (element) => (element.getAttribute('data-content') === 'user-message' ? 'user' : 'assistant'),
        },
        {
          all: '[id$="-user-message"], [id$="-ai-message"], [class*="group/user-message"], [class*="group/ai-message"]',
          role: (element) => (/user-message/.test(`${element.id} ${element.className}`) ? 'user' : 'assistant'),
        },
      ],
    },
  });
})();
