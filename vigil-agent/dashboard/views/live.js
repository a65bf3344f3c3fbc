// The live view. Not built yet.

import { html } from '../vendor/preact.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';

export function View() {
  return html`<${Page} title="Live"><${Empty} title="This view is being built." /><//>`;
}
