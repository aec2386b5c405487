// Asks before something is done, in the page's own dialog. Resolves to false
// when it was closed in any other way than by its second button.
export function ask(sentence: string, yes?: string, danger = false): Promise<boolean> {
  const dialog = document.getElementById("confirm") as HTMLDialogElement | null;
  const button = dialog?.querySelector<HTMLButtonElement>('button[value="yes"]');
  const say = document.getElementById("confirm-say");
  if (!dialog || !button || !say) return Promise.resolve(true);
  say.textContent = sentence;
  button.textContent = yes || button.dataset["word"] || "";
  button.classList.toggle("danger", danger);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}
