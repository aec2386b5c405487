"use strict";
// Shows a project without a server: documents with their codings, the codebook, the themes.
const part = (id) => JSON.parse(document.getElementById(id).textContent);
const project = part("project");
const main = document.querySelector("main");
const chosen = document.querySelector("select");
const nodes = new Map(project.nodes.map((n) => [n.id, n]));
const texts = new Map();

const say = (key, values = {}) => (project.say[chosen.value][key] ?? key).replace(/\{(\w+)\}/g, (all, k) => values[k] ?? all);
const text = (id) => {
	if (!texts.has(id)) texts.set(id, part("d" + id));
	return texts.get(id);
};
const path = (id) => {
	const names = [];
	for (let n = nodes.get(id); n; n = nodes.get(n.parent)) names.unshift(n.name);
	return names.join(" / ");
};
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

// Makes an element; strings become text, never markup.
function make(tag, attributes = {}, ...inside) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== "") e.setAttribute(k, v);
	e.append(...inside.filter((x) => x !== undefined && x !== ""));
	return e;
}
const link = (to, words) => make("a", { href: "#" + to }, words);
const field = (key, words) => (words ? make("p", { dir: "auto" }, make("b", {}, say(key) + ": "), words) : "");

// Cuts a turn at the edges of codings. Places are code points.
function stretches(turn, codings) {
	const letters = Array.from(turn.text), stop = turn.start + letters.length, edges = new Set([turn.start, stop]);
	const here = codings.filter((c) => c.start < stop && c.stop > turn.start);
	for (const c of here) for (const p of [c.start, c.stop]) if (p > turn.start && p < stop) edges.add(p);
	const at = [...edges].sort((a, b) => a - b), out = [];
	for (let i = 0; i + 1 < at.length; i++)
		out.push({ words: letters.slice(at[i] - turn.start, at[i + 1] - turn.start).join(""), over: here.filter((c) => c.start <= at[i] && c.stop >= at[i + 1]) });
	return out;
}

function draw(id) {
	const d = project.documents.find((x) => x.id === id), t = text(id);
	main.append(make("h1", { dir: "auto" }, d.name), make("p", { class: "soft" }, [d.kind[chosen.value], d.held, d.informant].filter(Boolean).join(" · ")));
	// Lanes: a row under the words for each coding that overlaps another.
	const free = [];
	for (const c of t.codings) {
		let lane = free.findIndex((stop) => stop <= c.start);
		if (lane < 0) lane = free.push(0) - 1;
		free[lane] = c.stop;
		c.lane = Math.min(lane, 5);
	}
	const side = make("aside", { "aria-live": "polite" });
	for (const turn of t.turns) {
		const p = make("p", { id: "d" + id + "t" + turn.number, dir: "auto", class: "turn" }, make("span", { class: "of" }, turn.number + (turn.time ? " · " + turn.time : "") + " "), turn.label ? make("b", {}, turn.label + ": ") : "");
		for (const s of stretches(turn, t.codings)) {
			if (s.over.length === 0) {
				p.append(s.words);
				continue;
			}
			const m = make("span", { role: "button", tabindex: "0", class: "m", title: s.over.map((c) => path(c.code)).join("\n") }, s.words);
			const deep = Math.max(...s.over.map((c) => c.lane));
			m.style.background = s.over.map((c) => `linear-gradient(var(--c${nodes.get(c.code).colour}),var(--c${nodes.get(c.code).colour})) 0 calc(100% - ${(deep - c.lane) * 3}px)/100% 2px no-repeat`).join(",");
			m.style.paddingBlockEnd = deep * 3 + 3 + "px";
			const tell = () => side.replaceChildren(...s.over.map((c) => about(c)));
			m.addEventListener("click", tell);
			m.addEventListener("keydown", (e) => {
				if (e.key !== "Enter" && e.key !== " ") return;
				e.preventDefault();
				tell();
			});
			p.append(m);
		}
		main.append(p);
	}
	main.append(side);
	for (const m of t.memos) main.append(memo(m));
}

const memo = (m) => make("p", { class: "memo", dir: "auto" }, make("b", {}, say("memo") + " (" + (project.coders[m.coder] ?? "") + ", " + day(m.at) + "): "), m.text);
const about = (c) => make("div", {}, make("p", {}, link("n" + c.code, path(c.code)), " · " + (project.coders[c.coder] ?? "") + ", " + day(c.at)), ...c.memos.map(memo));

// The words of a coding with the place they stand at.
function segment(d, c) {
	const t = text(d.id), words = [];
	let first;
	for (const turn of t.turns) {
		const letters = Array.from(turn.text), from = Math.max(c.start, turn.start), to = Math.min(c.stop, turn.start + letters.length);
		if (from >= to) continue;
		first ??= turn;
		words.push(letters.slice(from - turn.start, to - turn.start).join(""));
	}
	const where = d.name + (first ? ", " + (first.label ? first.label + ", " : "") + say("turn", { n: first.number }) + (first.time ? ", " + first.time : "") : "");
	return make("div", {}, make("blockquote", { dir: "auto" }, words.join("\n")), make("p", { class: "soft" }, link("d" + d.id + (first ? "t" + first.number : ""), where), " · " + (project.coders[c.coder] ?? "") + " · " + path(c.code)), ...c.memos.map(memo));
}

function below(id) {
	const all = new Set([id]);
	for (const n of project.nodes) if (all.has(n.parent)) all.add(n.id);
	return all;
}

function fields(n) {
	return [field("claim", n.claim), field("scope", n.scope), field("boundary", n.boundary), field("definition", n.definition), field("use", n.use), field("avoid", n.avoid), field("naming", n.naming)];
}

function node(id) {
	const n = nodes.get(id), all = below(id);
	main.append(make("p", { class: "soft" }, path(n.parent)), make("h1", { dir: "auto" }, n.name), ...fields(n), ...n.memos.map(memo));
	for (const side of ["for", "against"]) {
		const chosenHere = project.evidence.filter((e) => e.theme === id && e.against === (side === "against"));
		if (n.kind !== "theme" || (chosenHere.length === 0 && side === "for")) continue;
		main.append(make("h2", {}, say(side)));
		if (chosenHere.length === 0) main.append(make("p", {}, n.looked ? say("looked", { when: day(n.looked) }) : say("notlooked")));
		for (const e of chosenHere)
			for (const d of project.documents) {
				const c = d.id === e.document && text(d.id).codings.find((x) => x.id === e.coding);
				if (c) main.append(segment(d, c), field("why", e.why) || "");
			}
	}
	for (const t of project.ties.filter((x) => x.theme === id)) main.append(field("theory", t.concept + (t.why ? ": " + t.why : "")));
	main.append(make("h2", {}, say("segments")));
	for (const d of project.documents) for (const c of text(d.id).codings) if (all.has(c.code)) main.append(segment(d, c));
}

function codebook(themesOnly) {
	main.append(make("h1", {}, say(themesOnly ? "themes" : "codebook")));
	for (const n of project.nodes) {
		if (themesOnly && n.kind !== "theme") continue;
		const row = make("div", { class: "node" }, make("p", {}, make("span", { class: "dot" }), link("n" + n.id, n.name), " · " + say(n.kind) + " · " + n.count), ...(themesOnly ? [field("claim", n.claim)] : fields(n)));
		row.style.marginInlineStart = n.depth * 1.5 + "rem";
		row.querySelector(".dot").style.background = `var(--c${n.colour})`;
		main.append(row);
	}
}

function show() {
	document.documentElement.lang = chosen.value;
	for (const e of document.querySelectorAll("[data-say]")) e.textContent = say(e.dataset.say);
	main.replaceChildren();
	const at = /^#([dn])(\d+)(t\d+)?$/.exec(location.hash), id = at ? Number(at[2]) : 0;
	if (at?.[1] === "d" && project.documents.some((d) => d.id === id)) draw(id);
	else if (at?.[1] === "n" && nodes.has(id)) node(id);
	else if (location.hash === "#codebook" || location.hash === "#themes") codebook(location.hash === "#themes");
	else {
		main.append(make("h1", { dir: "auto" }, project.name), make("p", { dir: "auto" }, project.description), ...project.memos.map(memo), make("h2", {}, say("documents")));
		const list = make("ul");
		for (const d of project.documents) list.append(make("li", {}, link("d" + d.id, d.name), make("span", { class: "soft" }, " · " + [d.kind[chosen.value], d.held, d.informant].filter(Boolean).join(" · "))));
		main.append(list);
	}
	const place = at?.[3] && document.getElementById(location.hash.slice(1));
	if (place) place.scrollIntoView();
	else scrollTo(0, 0);
}
chosen.value = project.language === "id" ? "id" : "en";
chosen.addEventListener("change", show);
addEventListener("hashchange", show);
show();
