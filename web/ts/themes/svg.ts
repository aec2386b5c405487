// The map as a file of its own: every colour and size is written into it, so
// that it looks the same in any program. Names are text, set by the DOM and
// written out by the browser's own serializer, which escapes them.
import type { Frame } from "./edges";

const looks = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "fill-opacity", "font-size", "font-weight", "text-anchor", "paint-order", "stroke-linejoin"];
const ns = "http://www.w3.org/2000/svg";

export function standalone(svg: SVGSVGElement, frame: Frame, title: string, desc: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const was = svg.style.colorScheme;
  svg.style.colorScheme = "light"; // a figure goes on paper
  const hex = hexes();
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")], to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  from.forEach((e, i) => {
    const style = getComputedStyle(e), c = to[i]!;
    for (const a of Array.from(c.attributes)) if (/^(class|id|tabindex|role|data-|aria-|style)/.test(a.name)) c.removeAttribute(a.name);
    if (e.localName === "g" || e.localName === "svg") return;
    for (const p of looks) {
      const v = style.getPropertyValue(p);
      if (v === "" || v === "normal" || v === "none" && p !== "fill") continue;
      c.setAttribute(p, p === "fill" || p === "stroke" ? hex(v) : p === "font-size" ? String(parseFloat(v)) : v.replaceAll("px", ""));
    }
  });
  const paper = document.createElementNS(ns, "rect");
  const ground = hex(getComputedStyle(svg).getPropertyValue("background-color"));
  svg.style.colorScheme = was;
  paper.setAttribute("x", String(frame.x));
  paper.setAttribute("y", String(frame.y));
  paper.setAttribute("width", String(frame.w));
  paper.setAttribute("height", String(frame.h));
  paper.setAttribute("fill", ground === "none" ? "#ffffff" : ground);
  const t = document.createElementNS(ns, "title"), d = document.createElementNS(ns, "desc");
  t.textContent = title;
  d.textContent = desc;
  t.id = "title";
  d.id = "desc";
  copy.prepend(t, d, paper);
  copy.setAttribute("xmlns", ns);
  copy.setAttribute("viewBox", [frame.x, frame.y, frame.w, frame.h].map((v) => Math.round(v)).join(" "));
  copy.setAttribute("width", String(Math.round(frame.w)));
  copy.setAttribute("height", String(Math.round(frame.h)));
  copy.setAttribute("role", "img");
  copy.setAttribute("aria-labelledby", "title desc");
  copy.setAttribute("font-family", "Inter, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

// hexes turns any colour of a style sheet into what every program knows, by painting it.
function hexes(): (colour: string) => string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map<string, string>();
  return (colour) => {
    if (!pen || colour === "none") return colour;
    let h = known.get(colour);
    if (h === undefined) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      h = a === 0 ? "none" : `#${[r, g, b].map((v) => v!.toString(16).padStart(2, "0")).join("")}`;
      known.set(colour, h);
    }
    return h;
  };
}

export function download(name: string, text: string): void {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}
