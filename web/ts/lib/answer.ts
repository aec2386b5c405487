// What asking the server comes to: an answer, a refusal, or that nobody knows.

/** The server said no, or a sign-in is needed ("signin"). `kind` is the contract's word for it. */
export class Refusal extends Error {
  constructor(message: string, readonly kind: string, readonly into?: number, readonly status = 0) {
    super(message);
  }
}

/** Nobody knows whether it was saved: the network failed, or the server was busy. The same change may be sent again. */
export class Away extends Error {}

/** Asks, and gives what `read` finds in the answer. Throws Refusal or Away. */
export async function answer<T>(address: string, init: RequestInit, read = (r: Response): Promise<unknown> => r.json()): Promise<T> {
  let r: Response;
  try {
    r = await fetch(address, { ...init, credentials: "same-origin", redirect: "manual" });
  } catch (e) {
    throw new Away(String(e));
  }
  if (r.ok) {
    try {
      return (await read(r)) as T;
    } catch (e) {
      throw new Away(String(e));
    }
  }
  const said = (await r.json().catch(() => ({}))) as { error?: string; kind?: string; into?: number };
  if (r.type === "opaqueredirect" || r.status === 401) throw new Refusal(said.error ?? "", "signin", undefined, 401);
  if ([429, 502, 503, 504].includes(r.status)) throw new Away(said.error ?? "");
  throw new Refusal(said.error ?? "", said.kind ?? (r.status === 409 ? "conflict" : r.status === 404 ? "gone" : "invalid"), said.into, r.status);
}
