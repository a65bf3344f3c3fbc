// What is recorded here, how well, and the ways to stop it.
(async () => {
  'use strict';
  const api = globalThis.browser ?? globalThis.chrome;
  const { words } = /** @type {any} */ (globalThis);
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

  let state = await api.runtime.sendMessage({ kind: 'state' });
  const settings = await api.storage.local.get(['consented', 'paused', 'off']);
  const [tab] = await api.tabs.query({ active: true, currentWindow: true });
  const asked = () => api.tabs.sendMessage(tab?.id ?? -1, { kind: 'health' }).catch(() => undefined);
  let here = await asked();

  const tell = () => {
    const isOn = settings.consented === true;
    at('state').textContent = !isOn ? 'Nothing is recorded: you have not been asked yet.' : settings.paused ? 'Paused: nothing is recorded.' : words.vigil(state);
    at('consent').hidden = isOn;
    at('pause').hidden = !isOn;
    at('pair').hidden = !isOn || state.connected !== 'no';
    at('pause').textContent = settings.paused ? 'Record again' : 'Pause';
    at('pause').setAttribute('aria-pressed', String(settings.paused === true));
  };
  tell();
  // The way to Vigil opens, or does not, a moment after it was asked for.
  setInterval(async () => {
    [state, here] = await Promise.all([api.runtime.sendMessage({ kind: 'state', again: true }), asked()]);
    tell();
    tellSites();
  }, 1000);

  const pasted = state.findings.at(-1);
  if (pasted !== undefined) {
    at('pasted').hidden = false;
    at('pasted').textContent = `Pasted on ${pasted.site}: ${pasted.types.join(', ')}. It is not sent before you send it.`;
  }

  /** What is said of each site. @type {Map<string, HTMLElement>} */
  const said = new Map();
  const tellSites = () => {
    for (const [site, element] of said) {
      const { mark, text } = words.health(here?.site === site ? here.health : state.health[site]);
      element.className = mark === '' ? 'quiet' : mark;
      element.textContent = text;
    }
  };
  for (const site of words.sites) {
    const item = document.createElement('li');
    const label = document.createElement('label');
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = settings.off?.[site] !== true;
    box.addEventListener('change', async () => {
      settings.off = { ...settings.off, [site]: !box.checked };
      await api.storage.local.set({ off: settings.off });
    });
    label.append(box, site);
    const its = document.createElement('span');
    said.set(site, its);
    item.append(label, its);
    at('sites').append(item);
  }
  tellSites();

  if (state.last !== undefined) {
    at('last').textContent = `Last: ${state.last.role === 'user' ? 'a message' : 'an answer'} on ${state.last.site}, ${new Date(state.last.at).toLocaleTimeString()}.`;
  }
  if (/^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//.test(state.dashboard ?? '')) {
    at('open').hidden = false;
    at('open').setAttribute('href', state.dashboard);
    if (state.last?.session !== undefined) {
      at('session').hidden = false;
      at('session').setAttribute('href', `${state.dashboard.replace(/\/$/, '')}/sessions/${state.last.session}`);
    }
  }
  for (const id of ['consent', 'pair']) at(id).addEventListener('click', () => void api.runtime.openOptionsPage());
  at('pause').addEventListener('click', async () => {
    settings.paused = settings.paused !== true;
    await api.storage.local.set({ paused: settings.paused });
    tell();
  });
  if (here !== undefined && settings.consented === true) {
    at('import').hidden = false;
    at('import').addEventListener('click', async () => {
      const { imported, left, why } = await api.tabs.sendMessage(tab.id, { kind: 'import' });
      at('imported').textContent = words.imported(imported, left, why);
    });
  }
})();
