// Runs before the first paint so that the dark theme does not flash light. The strict CSP forbids doing this inline.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem('watchfloor-theme');
  } catch (_) {
    // Storage may be forbidden; the default then holds.
  }
  var dark = kept === 'dark' || (kept === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
