// Dragging rows of the codebook: between two rows to order them, onto one to
// put them under it. All of it can be done by keyboard and menu as well.
import { combine, draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop";
import type { CodeTree } from "./code-tree";

type Row = HTMLTableRowElement;
type Place = "before" | "into" | "after";

// placeIn is where in a row the pointer is: the upper and lower thirds order,
// the middle puts under it. Below an open node "after" would be inside it.
function placeIn(row: Row, y: number): Place {
  const box = row.getBoundingClientRect();
  const part = (y - box.top) / box.height;
  if (part < 0.3) return "before";
  return part > 0.7 && row.getAttribute("aria-expanded") !== "true" ? "after" : "into";
}

export function followDrags(tree: CodeTree): () => void {
  const clear = (row: Row) => delete row.dataset["drop"];
  const undo: (() => void)[] = [];
  const known = new WeakSet<Row>();
  // Only rows that a pointer or something dragged comes to take part: there
  // may be thousands.
  const meet = (e: Event): void => {
    const row = e.target instanceof Element ? e.target.closest<Row>("tr[data-node]") : null;
    if (!row || known.has(row)) return;
    known.add(row);
    undo.push(follow(row));
  };
  const follow = (row: Row): (() => void) =>
    combine(
      draggable({
        element: row,
        getInitialData: () => ({ nodes: tree.moving(row) }),
        onDragStart: ({ source }) => {
          for (const n of source.data["nodes"] as string[]) tree.row(n)?.classList.add("dragged");
        },
        onDrop: () => {
          for (const r of tree.rows()) r.classList.remove("dragged");
        },
      }),
      dropTargetForElements({
        element: row,
        canDrop: ({ source }) => Array.isArray(source.data["nodes"]) && tree.mayEnter(source.data["nodes"] as string[], row),
        getData: ({ input }) => ({ place: placeIn(row, input.clientY) }),
        onDrag: ({ self }) => (row.dataset["drop"] = self.data["place"] as string),
        onDragLeave: () => clear(row),
        onDrop: ({ self, source }) => {
          clear(row);
          const nodes = source.data["nodes"] as string[];
          const parent = row.dataset["parent"] ?? "0";
          const place = self.data["place"] as Place;
          if (place === "into") return void tree.move(nodes, row.dataset["node"]!, "0");
          if (place === "before") return void tree.move(nodes, parent, row.dataset["node"]!);
          const brothers = tree.siblings(row);
          let next = brothers[brothers.indexOf(row) + 1];
          while (next && nodes.includes(next.dataset["node"]!)) next = brothers[brothers.indexOf(next) + 1];
          void tree.move(nodes, parent, next?.dataset["node"] ?? "0");
        },
      }),
    );
  tree.addEventListener("pointerover", meet);
  tree.addEventListener("dragenter", meet, true);
  return () => {
    tree.removeEventListener("pointerover", meet);
    tree.removeEventListener("dragenter", meet, true);
    undo.forEach((u) => u());
  };
}
