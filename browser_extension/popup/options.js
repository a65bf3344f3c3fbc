// Consent, given and taken back.
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
  await tell();
})();
