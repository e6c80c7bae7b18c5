// Monaco runs the language services in workers. EDITOR_WORKER and its like are the file names that build.mjs fills in.
const FILES = { json: JSON_WORKER, graphql: GRAPHQL_WORKER };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(FILES[label] ?? EDITOR_WORKER, import.meta.url));
  },
};
