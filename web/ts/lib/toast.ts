// A short sentence at the foot of the window, read out by screen readers.
export function toast(sentence: string, kind: "" | "bad" = ""): void {
  const place = document.getElementById("toasts");
  if (!place || sentence === "") return;
  const t = document.createElement("p");
  t.className = kind === "" ? "toast" : "toast " + kind;
  t.textContent = sentence;
  place.replaceChildren(t);
  setTimeout(() => t.remove(), Math.max(5000, sentence.length * 90));
}

// word is a sentence of the interface that the layout carries along.
export function word(name: "network" | "copied" | "working" | "unsent"): string {
  return document.getElementById("toasts")?.dataset[name] ?? "";
}
