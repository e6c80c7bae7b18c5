/** @type {import("@graphql-codegen/plugin-helpers").Types.Config} */
export default {
  schema: "../../schema.graphql",
  documents: "src/codegen.ts",
  generates: {
    "src/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      config: {
        useTypeImports: true,
        strictScalars: true,
        scalars: { DateTime: "string", HTML: "string", Markdown: "string" },
      },
    },
  },
};
