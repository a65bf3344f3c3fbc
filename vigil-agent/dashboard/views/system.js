// The system view. Not built yet.

import { html } from '../vendor/preact.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';

export function View() {
  return html`<${Page} title="System"><${Empty} title="This view is being built." /><//>`;
}
