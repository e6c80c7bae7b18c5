import assert from "node:assert/strict";
import { test } from "node:test";
import { signUp } from "./account";
import { AddComment, ask, bySlug, explain, PostQuery } from "./codegen";
import { URL_OF_SERVER } from "./wire";

test("a post by its slug, and by its id", async () => {
  const { post } = await ask(URL_OF_SERVER, PostQuery, { by: bySlug("hello-broadsheet") });
  assert.equal(post?.title, "Hello, Broadsheet");
  assert.equal(post.status, "PUBLISHED");
  assert.deepEqual((await ask(URL_OF_SERVER, PostQuery, { by: { id: post.id } })).post, post);
});

test("errors of users have the fields of their types", async () => {
  const { post } = await ask(URL_OF_SERVER, PostQuery, { by: bySlug("hello-broadsheet") });
  const input = { post: post?.id ?? assert.fail("there is no such post"), body: "x".repeat(10_001) };
  await assert.rejects(ask(URL_OF_SERVER, AddComment, { input }), /Sign in first/);
  const reader = await ask(URL_OF_SERVER, AddComment, { input }, await signUp(URL_OF_SERVER));
  const [error] = reader.addComment.userErrors;
  assert.equal(error?.__typename, "InputError");
  assert.match(explain(error), /10000 at most/);
});
