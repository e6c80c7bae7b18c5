import assert from "node:assert/strict";
import { test } from "node:test";
import { gql } from "@urql/core";
import { signUp } from "./account";
import { ADD_COMMENT, POSTS, THREAD, UPDATE_COMMENT, urqlClient } from "./urql";
import { recording, until, URL_OF_SERVER } from "./wire";

const token = await signUp(URL_OF_SERVER);
const SLUG = "finding-things-again";
const [FIRST, SECOND] = [`A first thought ${Date.now()}`, `A second thought ${Date.now()}`];

function visitor(bearer?: string) {
  const { fetch, wire } = recording();
  return { client: urqlClient(URL_OF_SERVER, () => bearer, fetch), wire };
}

test("pages of a list become one list", async () => {
  const { client } = visitor();
  const first = await client.query(POSTS, {});
  assert.equal(first.data?.posts.edges.length, 2);
  const second = await client.query(POSTS, { after: first.data.posts.pageInfo.endCursor });
  assert.equal(second.data?.posts.edges.length, 4);
  assert.deepEqual(second.data.posts.edges.slice(0, 2), first.data.posts.edges);
});

test("a hash that nobody knows is registered, and then answered by GET", async () => {
  const query = gql(`query UrqlUnheard${Date.now()} { posts(first: 1) { edges { cursor node { id } } } }`);
  const first = visitor();
  assert.equal((await first.client.query(query, {})).error, undefined);
  assert.equal(first.wire.length, 2);
  assert.equal(first.wire[0]?.method, "GET");
  assert.equal(first.wire[0]?.sent.query, undefined);
  assert.equal(first.wire[0]?.answer.errors?.[0]?.message, "PersistedQueryNotFound");
  assert.ok(first.wire[1]?.sent.query);
  const later = visitor();
  assert.equal((await later.client.query(query, {})).error, undefined);
  assert.deepEqual(
    later.wire.map(({ method, sent, status }) => [method, sent.query, status]),
    [["GET", undefined, 200]],
  );
  assert.equal(later.wire[0]?.headers.get("x-graphql-client-name"), "my-blog");
});

test("what is written is shown: at once where it is known, and after one more question where it is not", async () => {
  const { client, wire } = visitor(token);
  const shown: { bodies: (string | null)[]; answered: number }[] = [];
  const watched = client.query(THREAD, { slug: SLUG });
  const { data } = await watched;
  const post = data?.post ?? assert.fail("there is no such post");
  const { unsubscribe } = watched.subscribe(({ data }) => {
    shown.push({ bodies: data?.post?.comments.edges.map(({ node }) => node.body) ?? [], answered: wire.length });
  });
  const added = await client.mutation(ADD_COMMENT, { input: { post: post.id, body: FIRST } });
  assert.deepEqual(added.data?.addComment.userErrors, []);
  await until(() => shown.at(-1)?.bodies.at(-1) === FIRST);
  assert.equal(shown.at(-1)?.bodies.length, post.comments.edges.length + 1);

  const id = added.data.addComment.comment?.id ?? assert.fail("nothing was added");
  const answered = wire.length;
  const updated = await client.mutation(UPDATE_COMMENT, { input: { id, body: SECOND } });
  assert.equal(updated.data?.updateComment.comment?.body, SECOND);
  const first = shown.find(({ bodies }) => bodies.at(-1) === SECOND);
  assert.equal(first?.answered, answered, "it is shown before the server has answered");
  assert.equal(wire.length, answered + 1, "the list was not asked for again");
  unsubscribe();
});

test("an expected failure is data, and an unexpected one an error with a code", async () => {
  const { client } = visitor(token);
  const { data } = await client.query(THREAD, { slug: SLUG });
  const refused = await client.mutation(ADD_COMMENT, { input: { post: data?.post?.id ?? "", body: "" } });
  assert.deepEqual(refused.data?.addComment.userErrors.map(({ code, field }) => [code, field]), [
    ["REQUIRED", ["input", "body"]],
  ]);
  const { error } = await visitor("no token").client.query(POSTS, {});
  assert.equal(error?.graphQLErrors[0]?.extensions["code"], "UNAUTHENTICATED");
});
