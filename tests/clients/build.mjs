// Generates what is generated, checks the types, and leaves programs for node in build/.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "./generate.mjs";

const GRAPHQL_TAG = /\bgraphql\s*`\s*(?:query|mutation|fragment|subscription)\s+(\w+)[^`]*`/g;
const RELATIVE = /(from\s+|import\s+)(["'])(\.{1,2}\/[^"']+?)(?:\.js)?\2/g;

function run(...words) {
  try {
    execFileSync(join("node_modules", ".bin", words[0]), words.slice(1), { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    console.error(`${words.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? error}`);
    process.exit(1);
  }
}

for (const folder of ["build", "src/generated", "src/relay/__generated__", "persisted.json"])
  rmSync(folder, { recursive: true, force: true });
mkdirSync("src/relay/__generated__");
writeFileSync("persisted.json", "{}");
run("relay-compiler");
run("relay-compiler", "--validate");
await generate();
run("tsc");
// What a bundler and Relay's plugin for Babel do elsewhere: names of files in imports, and documents that are compiled.
for (const file of readdirSync("build", { recursive: true }).filter((name) => name.endsWith(".js"))) {
  const path = join("build", file);
  const imported = [];
  const text = readFileSync(path, "utf8").replace(GRAPHQL_TAG, (_, name) => {
    imported.push(`import ${name}_document from "./__generated__/${name}.graphql";\n`);
    return `${name}_document`;
  });
  const whole = imported.join("") + text;
  writeFileSync(
    path,
    whole.replace(RELATIVE, (_, before, quote, name) => `${before}${quote}${name}.js${quote}`),
  );
}
