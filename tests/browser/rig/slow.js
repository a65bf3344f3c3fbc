// A tool for finding races: with VIGIL_TEST_SLOW set, every answer of the API comes late by a time
// drawn at random, so that nothing comes at once and nothing in the order in which it was asked for.

/** Milliseconds at most. */
const LATEST = 800;

const set = process.env.VIGIL_TEST_SLOW ?? '';
export const slow = set !== '' && set !== '0';

/** What is late. */
export const LATE = /\/api\/v1\//;

/** Lets such a time go by. */
export const late = () => new Promise((done) => setTimeout(done, Math.random() * LATEST));
