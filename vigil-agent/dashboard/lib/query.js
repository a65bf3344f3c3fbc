// Query strings for the API: leaves out what is not set, so that equal questions are equal text.

/**
 * `query('sessions', { q: '', limit: 100 })` is `sessions?limit=100`.
 * @param {string} path
 * @param {{ [key: string]: string | number | boolean | null | undefined }} [values]
 */
export function query(path, values = {}) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
