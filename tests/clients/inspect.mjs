// What GraphQL Inspector thinks of pairs of schemas: reads [[old, new], …], and writes the changes of each.
import { text } from "node:stream/consumers";
import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const found = [];
for (const pair of JSON.parse(await text(process.stdin))) {
  const [before, after] = pair.map((sdl) => buildSchema(sdl, { assumeValid: true, assumeValidSDL: true }));
  const changes = await diff(before, after);
  found.push(changes.map(({ type, message, criticality }) => ({ type, message, level: criticality.level })));
}
console.log(JSON.stringify(found));
