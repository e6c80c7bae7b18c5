import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "graphql-request";
import { signUp } from "./account";
import { requestClient, slugs } from "./request";
import { recording, URL_OF_SERVER } from "./wire";

test("all posts, page by page", async () => {
  const { fetch, wire } = recording();
  const found = [];
  for await (const slug of slugs(requestClient(URL_OF_SERVER, undefined, fetch))) found.push(slug);
  assert.equal(found.length, 6);
  assert.equal(new Set(found).size, 6);
  assert.equal(wire.length, 2);
  assert.equal(wire[0]?.headers.get("graphql-client-name"), "my-script");
});

test("a token says who asks", async () => {
  const client = requestClient(URL_OF_SERVER, await signUp(URL_OF_SERVER));
  const { viewer } = await client.request<{ viewer: { user: { role: string } } | null }>("{ viewer { user { role } } }");
  assert.equal(viewer?.user.role, "READER");
});

test("an error has a code", async () => {
  await assert.rejects(requestClient(URL_OF_SERVER).request("{ posts { nodes { titel } } }"), (error) => {
    assert.ok(error instanceof ClientError);
    assert.equal(error.response.errors?.[0]?.extensions?.["code"], "GRAPHQL_VALIDATION_FAILED");
    return true;
  });
});
