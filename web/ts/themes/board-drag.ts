// Dragging on the board: onto a column moves, between two cards orders, onto
// a card asks whether they become one. All of it can be done by keyboard and
// menu as well.
import { combine, draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop";
import { type Card, cardOf } from "./moves";

export interface Board {
  querySelectorAll: HTMLElement["querySelectorAll"];
  move(card: Card, parent: string, before: string): void;
  onto(card: Card, into: string): void;
  begin(card: Card): void;
  next(e: HTMLElement): string; // number of the sibling after an element's node, "0" where it is the last
  within(card: Card, e: HTMLElement): boolean; // e is the card or stands in it
}

// The upper and lower parts of a card order, the middle merges.
export function placeIn(box: { top: number; height: number }, y: number): "before" | "into" | "after" {
  const part = (y - box.top) / box.height;
  return part < 0.28 ? "before" : part > 0.72 ? "after" : "into";
}

export function followDrags(board: Board): () => void {
  const stops: (() => void)[] = [];
  const mark = (e: HTMLElement, place: string) => (e.dataset["drop"] = place);
  const clear = (e: HTMLElement) => delete e.dataset["drop"];
  const innermost = (location: { current: { dropTargets: { element: Element }[] } }, e: Element) => location.current.dropTargets[0]?.element === e;
  const dragged = (source: { data: Record<string | symbol, unknown> }) => source.data["card"] as Card | undefined;

  for (const e of board.querySelectorAll<HTMLElement>(".kard")) {
    stops.push(
      combine(
        draggable({
          element: e,
          getInitialData: () => ({ card: cardOf(e) }),
          onDragStart: () => e.classList.add("dragged"),
          onDrop: () => e.classList.remove("dragged"),
        }),
        dropTargetForElements({
          element: e,
          canDrop: ({ source }) => {
            const card = dragged(source);
            return card?.kind === "code" && !board.within(card, e);
          },
          getData: ({ input }) => ({ place: placeIn(topOf(e), input.clientY) }),
          onDrag: ({ self, location }) => (innermost(location, e) ? mark(e, self.data["place"] as string) : clear(e)),
          onDragLeave: () => clear(e),
          onDrop: ({ self, source, location }) => {
            clear(e);
            const card = dragged(source);
            if (!card || !innermost(location, e)) return;
            const on = cardOf(e);
            if (self.data["place"] === "into") return board.onto(card, on.node);
            board.move(card, on.parent, self.data["place"] === "before" ? on.node : board.next(e));
          },
        }),
      ),
    );
  }
  for (const e of board.querySelectorAll<HTMLElement>(".column[data-node], .group[data-node], .loose")) {
    const node = e.dataset["node"]!;
    const head = e.classList.contains("column") ? e.querySelector<HTMLElement>(":scope > .column-head") : null;
    if (head) {
      stops.push(
        draggable({
          element: head,
          getInitialData: () => ({ card: cardOf(e) }),
          onDragStart: () => e.classList.add("dragged"),
          onDrop: () => e.classList.remove("dragged"),
        }),
      );
    }
    stops.push(
      dropTargetForElements({
        element: e,
        canDrop: ({ source }) => {
          const card = dragged(source);
          if (!card || card.node === node) return false;
          return card.kind === "code" || (e.classList.contains("column") && card.parent === e.dataset["parent"]);
        },
        getData: ({ input }) => {
          const box = e.getBoundingClientRect();
          return { place: input.clientX < box.left + box.width / 2 ? "before" : "after" };
        },
        onDrag: ({ self, source, location }) => {
          if (!innermost(location, e)) return void clear(e);
          mark(e, dragged(source)?.kind === "theme" ? (self.data["place"] as string) : "into");
        },
        onDragLeave: () => clear(e),
        onDrop: ({ self, source, location }) => {
          clear(e);
          const card = dragged(source);
          if (!card || !innermost(location, e)) return;
          if (card.kind === "code") return board.move(card, node, "0");
          board.move(card, card.parent, self.data["place"] === "before" ? node : board.next(e));
        },
      }),
    );
  }
  for (const e of board.querySelectorAll<HTMLElement>("[data-drop-new]")) {
    stops.push(
      dropTargetForElements({
        element: e,
        canDrop: ({ source }) => dragged(source)?.kind === "code",
        onDragEnter: () => mark(e, "into"),
        onDragLeave: () => clear(e),
        onDrop: ({ source }) => {
          clear(e);
          const card = dragged(source);
          if (card) board.begin(card);
        },
      }),
    );
  }
  return () => stops.forEach((s) => s());
}

// topOf is a card without the cards under it.
function topOf(e: HTMLElement): { top: number; height: number } {
  const box = e.getBoundingClientRect();
  const under = e.querySelector<HTMLElement>(":scope > .under")?.getBoundingClientRect();
  return { top: box.top, height: (under?.top ?? box.bottom) - box.top };
}
