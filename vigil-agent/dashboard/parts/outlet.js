// Loads and shows the view of a path. A view that fails shows what went wrong in its place; the
// rest of the page lives on.

import { html, useEffect, useState } from '../vendor/preact.js';
import { ApiError } from '../lib/api.js';
import { visits } from '../lib/router.js';
import { Empty, Problem, Skeleton } from './empty.js';
import { Page } from './page.js';

/** @typedef {NonNullable<ReturnType<typeof import('../lib/views.js').viewOf>>} Place */
/** @typedef {import('../vendor/preact.js').FunctionComponent<{ params: Record<string, string> }>} ViewComponent */

/** Modules that are loaded. @type {Map<string, ViewComponent>} */
const loaded = new Map();

/** @param {{ place: Place | null, arrived: () => void }} props */
export function Outlet({ place, arrived }) {
  const [, drawn] = useState(0);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const name = place?.name ?? '';
  const View = loaded.get(name);

  const load = () => {
    if (!place) return;
    setError(null);
    place.load().then((module) => {
      loaded.set(name, module.View);
      drawn((n) => n + 1);
    }, () => setError(new ApiError('Vigil does not answer.', 'This view could not be loaded. Vigil may have been stopped: start it with `vigil up`, then try again.', 0)));
  };
  useEffect(() => {
    if (!View) load();
  }, [name]);
  // Another session is another visit of the same view; a steady view lives on.
  const visit = !place ? 'none' : place.steady ? name : `${name} ${JSON.stringify(place.params)}`;
  useEffect(() => {
    if (View || !place) arrived();
  }, [place?.steady ? `${name} ${visits.value}` : visit, View]);

  if (!place) {
    return html`<${Page} title="Not found"><${Empty} title="There is nothing at this address.">
      <a href="/">All sessions</a><//><//>`;
  }
  if (error) return html`<${Page} title=${place.title}><${Problem} error=${error} retry=${load} /><//>`;
  if (!View) return html`<div class="page"><${Skeleton} /></div>`;
  return html`<${Boundary} key=${visit}><${View} params=${place.params} /><//>`;
}

/** @typedef {{ state?: { error?: Error }, setState: (state: { error?: Error }) => void }} Self */

/**
 * Preact treats a component with a static `getDerivedStateFromError` as an error boundary, also
 * one that is a function.
 * @this {Self}
 * @param {{ children?: import('../vendor/preact.js').ComponentChildren }} props
 */
function Boundary(props) {
  const error = this.state?.error;
  if (!error) return props.children;
  console.error(error);
  return html`<${Page} title="Something failed"><${Problem} error=${error} retry=${() => this.setState({ error: undefined })} /><//>`;
}
Boundary.getDerivedStateFromError = (/** @type {Error} */ error) => ({ error });
