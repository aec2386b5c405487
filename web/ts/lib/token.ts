// One-time links carry their secret in the fragment, which browsers send to no
// server and no log keeps. It is copied into the form's field; the address
// loses it, so that it stays out of the history, and links that must keep it do.
export function followToken(): void {
  const links = document.querySelectorAll<HTMLAnchorElement>("a[data-keep-fragment]");
  const asked = new URLSearchParams(location.search);
  for (const a of links) {
    const own = new URLSearchParams(a.search);
    for (const [k, v] of asked) if (!own.has(k)) own.set(k, v);
    a.search = own.toString();
  }
  const fields = document.querySelectorAll<HTMLInputElement>('input[name="token"]');
  const token = fromFragment(location.hash);
  if (token === "" || fields.length === 0) return;
  for (const f of fields) {
    f.value = token;
    const row = f.closest<HTMLElement>("[data-token-row]");
    if (row) row.hidden = true;
  }
  for (const a of links) a.hash = token;
  history.replaceState(history.state, "", location.pathname + location.search);
}

function fromFragment(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
}
