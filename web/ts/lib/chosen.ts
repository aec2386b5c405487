// What was chosen or dropped, with its folders.

export interface Chosen {
  files: File[];
  folder: boolean; // they came in one
  paths: WeakMap<File, string>; // with their folders, of those that have some
  passed: number; // files that systems leave in folders, and that are not sent
  name: string; // of all of it, where it has one
}

// What systems leave in folders, as the server knows it; "~$" is Word's mark of who has a file open.
const hidden = /(^|\/)(\.|__MACOSX\/)|(^|\/)(~\$[^/]*|thumbs\.db|desktop\.ini)$/i;

// choose leaves out what systems leave in a folder. Whatever else can't be read is sent, so that the server can say why not.
export function choose(all: File[], folder: boolean, paths = new WeakMap<File, string>()): Chosen {
  for (const f of all) if (f.webkitRelativePath) paths.set(f, f.webkitRelativePath);
  const left = folder ? all.filter((f) => !hidden.test(paths.get(f) ?? f.name)) : all;
  const files = left.length > 0 ? left : all;
  const tops = new Set(files.map((f) => /^(.+?)\//.exec(paths.get(f) ?? "")?.[1] ?? ""));
  const name = files.length === 1 ? files[0]!.name : tops.size === 1 ? [...tops][0]! : "";
  return { files, folder: folder && left.length > 0, paths, passed: all.length - files.length, name };
}

// walked lists the files below some entries of a drop, in the order in which a person would count them.
export async function walked(entries: FileSystemEntry[]): Promise<{ files: File[]; paths: WeakMap<File, string> }> {
  const files: File[] = [];
  const paths = new WeakMap<File, string>();
  const walk = async (e: FileSystemEntry): Promise<void> => {
    if (e.isFile) {
      const file = await new Promise<File>((ok, no) => (e as FileSystemFileEntry).file(ok, no));
      paths.set(file, e.fullPath.slice(1));
      files.push(file);
      return;
    }
    const reader = (e as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // A reader hands out a hundred entries at a time, then none.
      const some = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
      if (some.length === 0) return;
      for (const s of some) await walk(s);
    }
  };
  for (const e of entries) await walk(e);
  const by = (f: File) => paths.get(f) ?? f.name;
  return { files: files.sort((a, b) => by(a).localeCompare(by(b), undefined, { numeric: true })), paths };
}
