// Change ids: a UUID (version 4) per intention. crypto.randomUUID is missing
// where a page comes over plain http, crypto.getRandomValues is not.
export function changeID(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// renew gives every form below root a change id of its own. A form that is
// sent again after a lost answer keeps the one it had.
export function renew(root: ParentNode): void {
  for (const f of root.querySelectorAll<HTMLInputElement>('input[type="hidden"][name="change"]')) f.value = changeID();
}
