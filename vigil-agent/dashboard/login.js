// The end of a one-time link: takes the key out of the page, keeps it for this tab alone, and goes
// on to the dashboard. The link does not stay in the tab's history.

const key = document.querySelector('meta[name="vigil-key"]')?.getAttribute('content');
if (key) {
  try {
    sessionStorage.setItem('vigil-key', key);
  } catch {
    // A browser that keeps nothing: the dashboard says so.
  }
}
location.replace('/');
