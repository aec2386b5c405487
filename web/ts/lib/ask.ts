let former: (() => void) | undefined;

// Asks before something is done, in the page's own dialog. Resolves to false
// when it was closed in any other way than by its second button.
export function ask(sentence: string, yes?: string, danger = false): Promise<boolean> {
  const dialog = document.getElementById("confirm") as HTMLDialogElement | null;
  const button = dialog?.querySelector<HTMLButtonElement>('button[value="yes"]');
  const say = document.getElementById("confirm-say");
  if (!dialog || !button || !say) return Promise.resolve(true);
  // The browser tells of a closing a little after it. Who asks again before that ends the question before.
  former?.();
  say.textContent = sentence;
  button.textContent = yes || button.dataset["word"] || "";
  button.classList.toggle("danger", danger);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => {
    const end = (answer: boolean): void => {
      dialog.removeEventListener("close", closed);
      former = undefined;
      done(answer);
    };
    const closed = (): void => {
      if (!dialog.open) end(dialog.returnValue === "yes");
    };
    former = () => end(false);
    dialog.addEventListener("close", closed);
  });
}
