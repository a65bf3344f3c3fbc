// Consent, given and taken back; a pairing, and further addresses, where they are needed.
import { hostOf, patternOf, placesIn } from '../places.js';

(async () => {
  const api = globalThis.browser ?? globalThis.chrome;
  const { words } = /** @type {any} */ (globalThis);
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

  const tell = async () => {
    const { consented } = await api.storage.local.get('consented');
    at('consent').hidden = consented === true;
    at('withdraw').hidden = consented !== true;
    at('consented').hidden = consented !== true;
  };
  at('consent').addEventListener('click', async () => {
    await api.storage.local.set({ consented: true });
    await tell();
  });
  at('withdraw').addEventListener('click', async () => {
    await api.storage.local.set({ consented: false });
    await tell();
  });

  /** What the browser is asked for: this machine's own address, and no other. */
  const HERE = { origins: ['http://127.0.0.1/*'] };
  /** What became of the last try; it stays until the next. */
  let outcome = '';
  let isUnknown = false;
  const tellPairing = async () => {
    const { pairing } = await api.storage.local.get('pairing');
    at('pair').hidden = pairing !== undefined && !isUnknown;
    at('unpair').hidden = pairing === undefined;
    const known = isUnknown ? 'What answers there does not know this pairing. If it was ended, pair with a new code.' : 'Paired with Vigil on this machine.';
    const words = outcome || (pairing === undefined ? '' : known);
    // Told anew only when it is new: a reader of the screen says it each time.
    if (at('paired').textContent !== words) at('paired').textContent = words;
  };
  at('pair').addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (at('code'));
    // Asked at once: browsers let it be asked in answer to a person's own act alone.
    if (!(await api.permissions.request(HERE).catch(() => false))) {
      outcome = 'Not paired: the browser was not allowed to speak to 127.0.0.1.';
      await tellPairing();
      return;
    }
    const { why = '' } = await api.runtime.sendMessage({ kind: 'pair', code: field.value });
    if (why === '') [field.value, isUnknown] = ['', false];
    outcome = why;
    await tellPairing();
  });
  at('unpair').addEventListener('click', async () => {
    await api.storage.local.remove('pairing');
    await api.permissions.remove(HERE).catch(() => false);
    outcome = 'The pairing is ended here. To end it in Vigil, too: vigil route off BROWSER';
    await tellPairing();
  });
  api.storage.onChanged.addListener((/** @type {any} */ changes) => {
    if (changes.pairing === undefined) return;
    if (changes.pairing.newValue !== undefined) outcome = '';
    void tellPairing();
  });

  // --- Further addresses.

  const [{ matches }] = api.runtime.getManifest().content_scripts;
  for (const site of words.sites) at('site').append(new Option(site));
  const places = async () => placesIn((await api.storage.local.get('places')).places);
  const tellPlaces = async () => {
    const items = Object.entries(await places()).map(([host, site]) => {
      const [item, name, button] = [document.createElement('li'), document.createElement('label'), document.createElement('button')];
      name.textContent = `${host}, read as ${site}`;
      button.textContent = 'Remove';
      button.setAttribute('aria-label', `Remove ${host}`);
      button.addEventListener('click', async () => {
        const { [host]: _, ...rest } = await places();
        await api.storage.local.set({ places: rest });
        await api.permissions.remove({ origins: [patternOf(host)] }).catch(() => false);
        at('placed').textContent = `${host} is no longer read.`;
      });
      item.append(name, button);
      return item;
    });
    at('places').replaceChildren(...items);
  };
  at('place').addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (at('host'));
    const host = hostOf(field.value);
    if (host === undefined || matches.includes(patternOf(host))) {
      at('placed').textContent = host === undefined ? 'That is no address: it is a name such as chat.example.com.' : `${host} is read already.`;
      return;
    }
    if (!(await api.permissions.request({ permissions: ['scripting'], origins: [patternOf(host)] }).catch(() => false))) {
      at('placed').textContent = `${host} is not read: the browser was not allowed to.`;
      return;
    }
    await api.storage.local.set({ places: { ...(await places()), [host]: /** @type {HTMLSelectElement} */ (at('site')).value } });
    field.value = '';
    at('placed').textContent = `${host} is read from the next time that its page is loaded.`;
  });
  api.storage.onChanged.addListener((/** @type {any} */ changes) => {
    if (changes.places !== undefined) void tellPlaces();
  });
  const tellReached = async (/** @type {boolean} */ again) => {
    const state = await api.runtime.sendMessage({ kind: 'state', again });
    isUnknown = state.isPaired === true && state.isUnknown === true;
    at('reached').textContent = words.vigil(state);
    await tellPairing();
  };
  await tell();
  await tellReached(false);
  await tellPlaces();
  setInterval(() => void tellReached(true), 1000);
})();
