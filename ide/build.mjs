// Bundles the page into server/ide/static: index.html and, beside it, assets/ with hashed names.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "server", "ide", "static");
const assets = join(target, "assets");
const inputs = new Set();

/** Bundle one entry point; answers the file names of its script and its style sheet. */
async function bundle(entry, { define, ...options }) {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    legalComments: "none", // licenses.txt has them in full
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"', ...define },
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  Object.keys(metafile.inputs).forEach((path) => inputs.add(path));
  const [path, output] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
  return { script: basename(path), style: output.cssBundle && basename(output.cssBundle) };
}

/** Bundle a worker; answers the name of its file as a literal of JavaScript. */
const worker = async (entry) => JSON.stringify((await bundle(entry, { format: "iife" })).script);

// graphiql/style.css already holds Monaco's styles; those that Monaco's modules import would come twice.
const withoutMonacoStyles = {
  name: "without-monaco-styles",
  setup(context) {
    context.onLoad({ filter: /node_modules[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

/** The licences of all packages that went into the bundles, one after the other. */
async function licenses() {
  const packages = [...inputs].map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean);
  const texts = [...new Set(packages)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const file = (await readdir(join(here, folder))).sort().find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(here, folder, file), "utf8") : "";
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

await rm(target, { recursive: true, force: true });
await mkdir(assets, { recursive: true });

const page = await bundle("src/page.jsx", {
  format: "esm",
  splitting: true, // the prettifier loads when it is used
  jsx: "automatic",
  plugins: [withoutMonacoStyles],
  // GraphiQL imports these from CommonJS files, whose names get lost in a chunk of their own: the prettifier fails.
  alias: { "prettier/parser-babel": "prettier/plugins/babel", "prettier/parser-graphql": "prettier/plugins/graphql" },
  define: {
    EDITOR_WORKER: await worker("monaco-editor/esm/vs/editor/editor.worker.js"),
    JSON_WORKER: await worker("monaco-editor/esm/vs/language/json/json.worker.js"),
    GRAPHQL_WORKER: await worker("monaco-graphql/esm/graphql.worker.js"),
  },
});

// Relative to /graphql, the address of the page.
const html = (await readFile(join(here, "src", "index.html"), "utf8"))
  .replace("{{style}}", `graphql/ide/${page.style}`)
  .replace("{{script}}", `graphql/ide/${page.script}`);
await writeFile(join(target, "index.html"), html);
await writeFile(join(assets, "licenses.txt"), await licenses());

// Compressed once here rather than at each request; the server sends these to whoever accepts gzip.
for (const name of (await readdir(assets)).sort()) {
  const content = await readFile(join(assets, name));
  const packed = gzipSync(content, { level: 9 });
  await writeFile(join(assets, `${name}.gz`), packed);
  console.log(`${name.padEnd(40)} ${(content.length / 1024).toFixed(0).padStart(6)} KiB ${(packed.length / 1024).toFixed(0).padStart(6)} KiB gzip`);
}
