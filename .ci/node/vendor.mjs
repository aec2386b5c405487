// Copies the files we use of the packages in package.json into web/vendor and
// web/fonts, each library as one readable ESM file, with its licence beside it.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";

const here = new URL(".", import.meta.url).pathname;
const from = (p) => here + "node_modules/" + p;
const vendor = here + "../../web/vendor/";
const fonts = here + "../../web/fonts/";

for (const d of [vendor, fonts]) {
  await rm(d, { recursive: true, force: true });
  await mkdir(d, { recursive: true });
}

const list = [];
async function note(name, licence, file, folder) {
  const p = JSON.parse(await readFile(from(name + "/package.json"), "utf8"));
  const out = file.replace(/\.[a-z0-9]+$/, "") + ".LICENSE.txt";
  await copyFile(from(name + "/" + licence), folder + out);
  list.push([file, name, p.version, p.license, out]);
}

await copyFile(from("htmx.org/dist/htmx.esm.js"), vendor + "htmx.js");
await note("htmx.org", "LICENSE", "htmx.js", vendor);

const keys = await readFile(from("tinykeys/dist/tinykeys.module.js"), "utf8");
await writeFile(vendor + "tinykeys.js", keys.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n"));
await note("tinykeys", "LICENSE", "tinykeys.js", vendor);

await build({
  stdin: {
    contents: `
export { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
export { dropTargetForExternal, monitorForExternal } from "@atlaskit/pragmatic-drag-and-drop/external/adapter";
export { containsFiles, getFiles } from "@atlaskit/pragmatic-drag-and-drop/external/file";
export { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
export { reorder } from "@atlaskit/pragmatic-drag-and-drop/reorder";
`,
    resolveDir: here,
  },
  bundle: true, format: "esm", target: "es2022", charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
  outfile: vendor + "drag.js",
});
await note("@atlaskit/pragmatic-drag-and-drop", "LICENSE.md", "drag.js", vendor);

const faces = [["inter", "inter", ["latin-wght-normal", "latin-ext-wght-normal"]],
  ["source-serif-4", "source-serif", ["latin-wght-normal", "latin-ext-wght-normal", "latin-wght-italic", "latin-ext-wght-italic"]]];
for (const [pkg, name, files] of faces) {
  for (const f of files) {
    const out = name + "-" + f.replace("-wght", "").replace("-normal", "") + ".woff2";
    await copyFile(from(`@fontsource-variable/${pkg}/files/${pkg}-${f}.woff2`), fonts + out);
  }
  await note("@fontsource-variable/" + pkg, "LICENSE", name + ".woff2", fonts);
}

const rows = list.map((r) => `| ${r.join(" | ")} |`).join("\n");
await writeFile(vendor + "README.md", `# Copies of other people's work

Made by \`make vendor\` from the versions in \`.ci/node/package-lock.json\`; not to be edited by hand.
drag.js is bundled from many small files, the fonts lie in \`web/fonts\`, everything else is as published.

| file | package | version | licence | its text |
|---|---|---|---|---|
${rows}
`);
