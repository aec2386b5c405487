// Presses of the mouse, a finger or a pen. What is drawn anew under one takes its click away, so that waits until it is over.

const most = 5000; // ms: a release that was not heard must not hold anything for ever

let at: Element | null = null;
let since = 0;
let waiting: (() => void)[] = [];

function over(): void {
  at = null;
  const all = waiting;
  waiting = [];
  for (const go of all) go();
}

document.addEventListener("pointerdown", (e) => ([at, since] = [e.target instanceof Element ? e.target : null, performance.now()]), true);
// A click comes right after the release.
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(over), true);

/** Whether something in this element is being pressed. */
export function pressed(within: Element): boolean {
  return !!at && within.contains(at) && performance.now() - since < most;
}

/** Resolves when nothing is pressed any more, and its click has been heard. */
export function released(): Promise<void> {
  return new Promise((done) => {
    waiting.push(done);
    setTimeout(done, most);
  });
}
