// The surface's sentences: a catalogue from the page, with {names} filled in and a form for one.

let strings: Record<string, string> = {};
let locale = "en";

export function useWords(all: Record<string, string>, lang: string): void {
  strings = all;
  locale = lang || "en";
}

/** The sentence for a key; `{n}` and the like are filled in. With n = 1, `key.one` is taken where there is one. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const one = values.n === 1 ? strings[key + ".one"] : undefined;
  const s = one ?? strings[key] ?? key;
  return s.replace(/\{(\w+)\}/g, (_, k: string) => {
    const v = values[k];
    return typeof v === "number" ? number(v) : String(v ?? "");
  });
}

export function number(n: number): string {
  return new Intl.NumberFormat(locale).format(n);
}

/** When something happened: a time today, else a date. `at` is in seconds since 1970. */
export function when(at: number, zone: string, now = Date.now()): string {
  const opt: Intl.DateTimeFormatOptions = zone ? { timeZone: zone } : {};
  const day = (ms: number) => new Intl.DateTimeFormat("en-CA", opt).format(ms);
  const ms = at * 1000;
  const time = new Intl.DateTimeFormat(locale, { ...opt, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
  if (day(ms) === day(now)) return say("surface.when.today", { time });
  if (day(ms) === day(now - 86400000)) return say("surface.when.yesterday", { time });
  return new Intl.DateTimeFormat(locale, { ...opt, day: "numeric", month: "short", year: "numeric" }).format(ms);
}
