// Planted secrets, of nobody. They are put together when a test runs, so that no scanner ever
// stumbles over the repository.

import { dice } from './dice.js';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The id of an AWS access key. @param {number} n which one */
export const awsKey = (n) => ['AK', 'IA', dice(n + 100).run(UPPER, 16)].join('');

/** A secret key of AWS, as an assignment. @param {number} n which one */
export const awsSecret = (n) =>
  ['aws_secret', '_access_key = "', dice(n + 200).run(ALNUM, 40), '"'].join('');

/** A token of Databricks. @param {number} n which one */
export const databricks = (n) => ['da', 'pi', dice(n + 300).run('0123456789abcdef', 32)].join('');

/** The private key of a database's user, in a URL. @param {number} n which one */
export const databaseUrl = (n) =>
  ['postgres://svc:', dice(n + 400).run(ALNUM, 18), '@db.corp.test/prod'].join('');

/** A live key of Stripe. @param {number} n which one */
export const stripe = (n) => ['sk', '_live_', dice(n + 500).run(ALNUM, 24)].join('');

/** A bot's token of Slack. @param {number} n which one */
export const slack = (n) =>
  ['xo', 'xb-', dice(n + 600).run('0123456789', 12), '-', dice(n + 601).run('0123456789', 12), '-', dice(n + 602).run(ALNUM, 24)].join('');
