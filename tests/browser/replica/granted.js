// The extension with what a person would allow it when asked: no driver presses the button in the browser's
// own window, so that what is optional stands in the manifest as granted. Nothing else differs.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { EXTENSION } from './browser.js';

/** Writes it there. @param {string} folder */
export function granted(folder) {
  cpSync(EXTENSION, folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.permissions.push(...manifest.optional_permissions);
  manifest.host_permissions.push(...manifest.optional_host_permissions);
  delete manifest.optional_permissions;
  delete manifest.optional_host_permissions;
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  return folder;
}
