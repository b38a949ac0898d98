// Puts the built page into the server's crate: every file compressed ahead with gzip and brotli, and a list of them in Rust.
//   node build/pack.js           writes
//   node build/pack.js --check   says what differs: compares what the committed files unpack to, so that it holds with any zlib
import { readFileSync, readdirSync, rmSync, mkdirSync, writeFileSync, existsSync, statSync } from "node:fs";
import { join, extname, relative, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const from = join(here, "../dist");
const to = join(here, "../../crates/skyshed-server/web");
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const walk = (folder) => readdirSync(folder).sort().flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? walk(path) : [path];
});
const files = walk(from).map((path) => ({ name: relative(from, path), bytes: readFileSync(path) }));
const list = rust(files);

if (process.argv.includes("--check")) {
  const problems = [];
  const expected = new Set(["files.rs", ...files.flatMap(({ name }) => [`${name}.gz`, `${name}.br`])]);
  for (const path of walk(to)) if (!expected.has(relative(to, path))) problems.push(`${relative(to, path)} is not built any more`);
  for (const { name, bytes } of files) {
    for (const [end, unpack] of [["gz", gunzipSync], ["br", brotliDecompressSync]]) {
      const path = join(to, `${name}.${end}`);
      if (!existsSync(path)) problems.push(`${name}.${end} is missing`);
      else if (!unpack(readFileSync(path)).equals(bytes)) problems.push(`${name}.${end} holds something else than the build`);
    }
  }
  if (!existsSync(join(to, "files.rs")) || readFileSync(join(to, "files.rs"), "utf8") !== list) problems.push("files.rs lists something else");
  if (problems.length) {
    console.error(`crates/skyshed-server/web differs from what web/ builds; run \`npm ci && npm run build\` in web/ and commit:\n  ${problems.join("\n  ")}`);
    process.exit(1);
  }
  console.log(`page: ${files.length} files are what web/ builds`);
} else {
  rmSync(to, { recursive: true, force: true });
  for (const { name, bytes } of files) {
    const path = join(to, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  }
  writeFileSync(join(to, "files.rs"), list);
  const size = (end) => files.reduce((sum, { name }) => sum + statSync(join(to, `${name}.${end}`)).size, 0);
  console.log(`page: ${files.length} files, ${Math.round(size("gz") / 1000)} kB gzip, ${Math.round(size("br") / 1000)} kB brotli`);
}

function rust(files) {
  const rows = files.map(({ name }) => {
    const path = name === "index.html" ? "/" : `/${name.replaceAll("\\", "/")}`;
    const type = TYPES[extname(name)];
    if (!type) throw new Error(`no content type for ${name}`);
    return `    file!("${path}", "${type}", "${name}"),\n`;
  });
  return `// Made by web/build/pack.js: do not edit.\n[\n${rows.join("")}]\n`;
}
