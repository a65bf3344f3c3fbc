// Which parts of a text are highlighted. Pure; offsets are UTF-16 units, as the API gives them.

/** @typedef {import('../../lib/masks.js').Piece} Piece */
/**
 * @typedef {{ start: number, end: number, title?: string, focus?: boolean,
 *   severity?: import('../../types/api.d.ts').Severity }} Mark
 */

/** @typedef {{ piece: Piece, mark: Mark | null }} Part */

/**
 * Cuts plain pieces at the ends of marks and says which mark each piece belongs to. Where marks
 * overlap the one with the focus wins, then the one that begins last.
 * @param {Piece[]} pieces
 * @param {Mark[]} marks
 * @returns {Part[]}
 */
export function marked(pieces, marks) {
  if (marks.length === 0) return pieces.map((piece) => ({ piece, mark: null }));
  const cuts = [...new Set(marks.flatMap((mark) => [mark.start, mark.end]))].sort((a, b) => a - b);
  /** @param {number} start @param {number} end */
  const over = (start, end) => {
    const all = marks.filter((mark) => mark.start < end && mark.end > start);
    return all.find((mark) => mark.focus) ?? all.at(-1) ?? null;
  };
  /** @param {Piece} piece @returns {Part[]} */
  const cut = (piece) => {
    if (piece.type !== 'plain') return [{ piece, mark: over(piece.start, piece.end) }];
    let at = piece.start;
    return [...cuts.filter((one) => one > piece.start && one < piece.end), piece.end].map((end) => {
      const part = { ...piece, text: piece.text.slice(at - piece.start, end - piece.start), start: at, end };
      at = end;
      return { piece: part, mark: over(part.start, part.end) };
    });
  };
  return pieces.flatMap(cut);
}
