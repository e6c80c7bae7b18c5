// What `graphql-codegen` does with its configuration. Its package brings more than two hundred others, so the preset is
// called here as it calls it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { preset } from "@graphql-codegen/client-preset";
import { codegen } from "@graphql-codegen/core";
import { buildASTSchema, parse } from "graphql";
import config from "./codegen.mjs";

const DOCUMENT = /\bgraphql\(\s*\/\* GraphQL \*\/\s*`([^`]*)`/g;

/** Write all that the configuration asks for. */
export async function generate() {
  const schema = parse(readFileSync(config.schema, "utf8"));
  const source = readFileSync(config.documents, "utf8");
  const documents = [...source.matchAll(DOCUMENT)].map(([, rawSDL]) => ({
    location: config.documents,
    document: parse(rawSDL),
    rawSDL,
  }));
  for (const [baseOutputDir, { presetConfig, config: options }] of Object.entries(config.generates)) {
    const given = { schema, schemaAst: buildASTSchema(schema), documents, config: options, pluginMap: {}, plugins: [] };
    for (const output of await preset.buildGeneratesSection({ ...given, baseOutputDir, presetConfig, profiler: quiet })) {
      mkdirSync(dirname(output.filename), { recursive: true });
      writeFileSync(output.filename, await codegen(output));
    }
  }
}

const quiet = { run: (work) => Promise.resolve().then(work), collect: () => [] };
