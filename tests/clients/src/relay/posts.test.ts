import assert from "node:assert/strict";
import { test } from "node:test";
import {
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  getSelector,
  type Environment,
  type GraphQLTaggedNode,
  type OperationType,
  type SingularReaderSelector,
} from "relay-runtime";
import { signUp } from "../account";
import { recording, URL_OF_SERVER } from "../wire";
import type { posts_list$data, posts_list$key } from "./__generated__/posts_list.graphql";
import type { posts_post$data, posts_post$key } from "./__generated__/posts_post.graphql";
import type { postsAddCommentMutation } from "./__generated__/postsAddCommentMutation.graphql";
import postsListPaginationQuery from "./__generated__/postsListPaginationQuery.graphql";
import postsPostRefetchQuery from "./__generated__/postsPostRefetchQuery.graphql";
import type { postsQuery as PostsQuery } from "./__generated__/postsQuery.graphql";
import { relayEnvironment } from "./environment";
import { postsAddComment, postsList, postsPost, postsQuery } from "./posts";

const SLUG = "a-list-of-titles-reads-no-bodies";
const variables = { slug: SLUG };

/** The answer of a query, kept in the store as a mounted page keeps it. */
async function page(environment: Environment) {
  await ask<PostsQuery>(environment, postsQuery, variables);
  const operation = createOperationDescriptor(getRequest(postsQuery), variables);
  environment.retain(operation);
  return environment.lookup(operation.fragment).data as PostsQuery["response"];
}

function ask<T extends OperationType>(environment: Environment, query: GraphQLTaggedNode, given: T["variables"]) {
  return fetchQuery<T>(environment, query, given).toPromise();
}

/** What a component with this fragment shows now. */
function shown<T>(environment: Environment, fragment: GraphQLTaggedNode, of: unknown): T {
  const snapshot = environment.lookup(getSelector(fragment as never, of as never) as SingularReaderSelector);
  assert.ok(!snapshot.isMissingData);
  return snapshot.data as T;
}

test("a pagination fragment grows by pages", async () => {
  const { fetch, wire } = recording();
  const environment = relayEnvironment(URL_OF_SERVER, () => undefined, fetch);
  const root: posts_list$key = await page(environment);
  const list = () => shown<posts_list$data>(environment, postsList, root).posts;
  assert.equal(list().edges.length, 2);
  await ask(environment, postsListPaginationQuery, { first: 3, after: list().pageInfo.endCursor });
  assert.equal(list().edges.length, 5);
  assert.equal(list().pageInfo.hasNextPage, true);
  await ask(environment, postsListPaginationQuery, { first: 3, after: list().pageInfo.endCursor });
  assert.equal(new Set(list().edges.map(({ node }) => node.id)).size, 6);
  assert.equal(list().pageInfo.hasNextPage, false);
  assert.ok(wire.every(({ sent }) => sent.documentId && sent.query === undefined), "documents go by their ids");
});

test("a refetch fragment asks its node again, and a mutation's answer changes the store", async () => {
  const token = await signUp(URL_OF_SERVER);
  const environment = relayEnvironment(URL_OF_SERVER, () => token);
  const { post } = await page(environment);
  const ref: posts_post$key = post ?? assert.fail("there is no such post");
  const { id } = shown<posts_post$data>(environment, postsPost, ref);
  const add = (body: string) =>
    new Promise<postsAddCommentMutation["response"]["addComment"]>((resolve, reject) => {
      commitMutation<postsAddCommentMutation>(environment, {
        mutation: postsAddComment,
        variables: { input: { post: id, body } },
        onCompleted: ({ addComment }) => resolve(addComment),
        onError: reject,
      });
    });
  const added = await add("By Relay.");
  assert.deepEqual(added.userErrors, []);
  assert.equal(environment.getStore().getSource().get(added.comment?.id ?? "")?.["body"], "By Relay.");

  await ask(environment, postsPostRefetchQuery, { id, comments: 2 });
  const again = createOperationDescriptor(getRequest(postsPostRefetchQuery), { id, comments: 2 });
  const { node } = environment.lookup(again.fragment).data as { node: posts_post$key };
  const { comments } = shown<posts_post$data>(environment, postsPost, node);
  assert.equal(comments.nodes.at(-1)?.body, "By Relay.");

  const refused = await add("");
  assert.deepEqual(refused.userErrors.map(({ __typename, code }) => [__typename, code]), [["InputError", "REQUIRED"]]);
});

test("nothing runs but what the manifest has", async (t) => {
  const url = process.env["BROADSHEET_TRUSTED_URL"];
  if (!url) return t.skip("BROADSHEET_TRUSTED_URL names no server");
  const root: posts_list$key = await page(relayEnvironment(url, () => undefined));
  assert.ok(root);
  const body = JSON.stringify({ query: "{ posts { nodes { id } } }" });
  const refused = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { errors } = (await refused.json()) as { errors: { extensions: { code: string } }[] };
  assert.equal(errors[0]?.extensions.code, "FORBIDDEN");
});
