import assert from "node:assert/strict";
import { test } from "node:test";
import { CombinedGraphQLErrors, gql } from "@apollo/client";
import { addComment, apolloClient, POSTS, THREAD, UPDATE_COMMENT } from "./apollo";
import { signUp } from "./account";
import { recording, until, URL_OF_SERVER } from "./wire";

const token = await signUp(URL_OF_SERVER);
const SLUG = "writing-in-markdown";
const [FIRST, SECOND] = [`A first thought ${Date.now()}`, `A second thought ${Date.now()}`];

function visitor(bearer?: string) {
  const { fetch, wire } = recording();
  return { client: apolloClient(URL_OF_SERVER, () => bearer, fetch), wire };
}

test("pages of a list become one list, of objects that are one by their ids", async () => {
  const { client } = visitor();
  const { data: first } = await client.query({ query: POSTS });
  assert.equal(first?.posts.edges.length, 2);
  const list = client.watchQuery({ query: POSTS });
  list.subscribe(() => undefined);
  await list.fetchMore({ variables: { after: first?.posts.pageInfo.endCursor ?? null } });
  await until(() => list.getCurrentResult().data?.posts?.edges?.length === 4);
  const { data } = list.getCurrentResult();
  const store = client.cache.extract() as Record<string, { title?: string }>;
  for (const edge of data?.posts?.edges ?? [])
    assert.equal(store[`Post:${edge?.node?.id}`]?.title, edge?.node?.title);
});

test("a hash that nobody knows is registered, and then answered by GET", async () => {
  const query = gql(`query Unheard${Date.now()} { posts(first: 1) { edges { cursor node { id } } } }`);
  const first = visitor();
  await first.client.query({ query });
  const [asked, registered] = first.wire;
  assert.equal(first.wire.length, 2);
  assert.equal(asked?.method, "GET");
  assert.equal(asked?.sent.query, undefined);
  assert.equal(asked?.answer.errors?.[0]?.extensions.code, "PERSISTED_QUERY_NOT_FOUND");
  assert.ok(registered?.sent.query);
  const later = visitor();
  await later.client.query({ query });
  assert.deepEqual(
    later.wire.map(({ method, sent, status }) => [method, sent.query, status]),
    [["GET", undefined, 200]],
  );
  for (let tries = 0; ; tries += 1) {
    const again = visitor();
    await again.client.query({ query });
    if (again.wire[0]?.cacheStatus?.includes("hit")) break;
    assert.ok(tries < 20, "it is never kept");
  }
});

test("the client says its name", async () => {
  const { client, wire } = visitor();
  await client.query({ query: POSTS });
  assert.equal(wire[0]?.headers.get("apollographql-client-name"), "my-blog");
});

test("a mutation's answer updates what is shown", async () => {
  const { client, wire } = visitor(token);
  const { data } = await client.query({ query: THREAD, variables: { slug: SLUG } });
  const thread = client.watchQuery({ query: THREAD, variables: { slug: SLUG } });
  thread.subscribe(() => undefined);
  const post = data?.post?.id ?? assert.fail("there is no such post");
  const before = data?.post?.comments.edges.length ?? 0;
  const bodies = () => thread.getCurrentResult().data?.post?.comments?.edges?.map((edge) => edge?.node?.body);

  const added = await addComment(client, post, FIRST);
  assert.deepEqual(added.data?.addComment.userErrors, []);
  await until(() => bodies()?.at(-1) === FIRST);
  assert.equal(bodies()?.length, before + 1);

  const id = added.data?.addComment.comment?.id ?? assert.fail("nothing was added");
  await client.mutate({ mutation: UPDATE_COMMENT, variables: { id, body: SECOND } });
  await until(() => bodies()?.at(-1) === SECOND);
  const asked = wire.filter(({ sent, answer }) => sent.operationName === "Thread" && answer.data);
  assert.equal(asked.length, 1, "the list was not asked for again");
});

test("an expected failure is data, and an unexpected one an error with a code", async () => {
  const { client } = visitor(token);
  const { data } = await client.query({ query: THREAD, variables: { slug: SLUG } });
  const post = data?.post?.id ?? assert.fail("there is no such post");
  const { data: refused } = await addComment(client, post, "");
  assert.deepEqual(refused?.addComment.userErrors.map(({ code, field }) => [code, field]), [
    ["REQUIRED", ["input", "body"]],
  ]);
  await assert.rejects(visitor("no token").client.query({ query: POSTS }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0]?.extensions?.["code"], "UNAUTHENTICATED");
    return true;
  });
});
