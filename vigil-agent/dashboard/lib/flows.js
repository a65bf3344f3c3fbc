// What is on record about the end or the way of a connection, in words. Pure.

import { own } from './own.js';

/** @type {Record<string, string>} */
const SAID = {
  ended: '',
  broken: 'broken off',
  unreachable: 'the host could not be reached',
  'plain-http': 'plain HTTP',
  'client-tls-failed': 'the client does not trust Vigil’s certificate',
  'upstream-tls-failed': 'the host could not prove who it is',
  'handshake-timeout': 'no agreement on its encryption in time',
  'bypasses-proxy': 'went past the proxy that it uses',
  quic: 'QUIC, which a proxy does not carry',
  'quic bypasses-proxy': 'QUIC, past the proxy that it uses',
};

/** Nothing for a connection that ended as most do; a word that is not known stays. @param {string | null | undefined} detail */
export function flowDetail(detail) {
  return detail ? own(SAID, detail) ?? detail : '';
}
