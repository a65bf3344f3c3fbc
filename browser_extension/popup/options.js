// Consent, and the other way to Vigil.
(async () => {
  'use strict';
  const api = globalThis.browser ?? globalThis.chrome;
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

  const tell = async () => {
    const { consented, pairing } = await api.storage.local.get(['consented', 'pairing']);
    at('consent').hidden = consented === true;
    at('withdraw').hidden = consented !== true;
    at('consented').hidden = consented !== true;
    at('unpair').hidden = pairing === undefined;
    at('paired').textContent = pairing === undefined ? '' : `Paired with ${pairing.url}.`;
  };
  at('consent').addEventListener('click', async () => {
    await api.storage.local.set({ consented: true });
    await tell();
  });
  at('withdraw').addEventListener('click', async () => {
    await api.storage.local.set({ consented: false });
    await tell();
  });
  at('pair').addEventListener('submit', async (event) => {
    event.preventDefault();
    const url = field('url').value.replace(/\/+$/, '');
    if (!/^http:\/\/127\.0\.0\.1(:\d+)?$/.test(url)) {
      at('paired').textContent = 'The address is Vigil’s own: http://127.0.0.1 and its port.';
      return;
    }
    // The browser asks the user; without a yes nothing goes there.
    const may = await api.permissions.request({ origins: ['http://127.0.0.1/*'] });
    if (!may) {
      at('paired').textContent = 'Not paired: the browser was not allowed to.';
      return;
    }
    await api.storage.local.set({ pairing: { url, token: field('token').value.trim() } });
    field('token').value = '';
    await tell();
  });
  at('unpair').addEventListener('click', async () => {
    await api.storage.local.remove('pairing');
    await api.permissions.remove({ origins: ['http://127.0.0.1/*'] });
    await tell();
  });
  await tell();
})();
