// Consent, given and taken back; and a pairing, where it needs one.
(async () => {
  'use strict';
  const api = globalThis.browser ?? globalThis.chrome;
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
  /** @param {string} [words] */
  const tellPairing = async (words) => {
    const { pairing } = await api.storage.local.get('pairing');
    at('pair').hidden = pairing !== undefined;
    at('unpair').hidden = pairing === undefined;
    at('paired').textContent = words ?? (pairing === undefined ? '' : 'Paired with Vigil on this machine.');
  };
  at('pair').addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (at('code'));
    // Asked at once: browsers let it be asked in answer to a person's own act alone.
    if (!(await api.permissions.request(HERE).catch(() => false))) {
      await tellPairing('Not paired: the browser was not allowed to speak to 127.0.0.1.');
      return;
    }
    const { why } = await api.runtime.sendMessage({ kind: 'pair', code: field.value });
    if (why === undefined) field.value = '';
    await tellPairing(why);
  });
  at('unpair').addEventListener('click', async () => {
    await api.storage.local.remove('pairing');
    await api.permissions.remove(HERE).catch(() => false);
    await tellPairing('The pairing is ended here. To end it in Vigil, too: vigil route off BROWSER');
  });
  api.storage.onChanged.addListener((/** @type {any} */ changes) => {
    if (changes.pairing !== undefined) void tellPairing();
  });
  await tell();
  await tellPairing();
})();
