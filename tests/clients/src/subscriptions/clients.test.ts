import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { signUp } from "../account";
import { addComment, apolloClient, THREAD } from "../apollo";
import { URL_OF_SERVER } from "../wire";
import { COMMENT_ADDED, COMMENT_ADDED_TEXT, eventsClient, multipartClient, socketClient } from "./clients";
import type { CommentAdded } from "./clients";

const token = await signUp(URL_OF_SERVER);
const writer = apolloClient(URL_OF_SERVER, () => token);
const { data } = await writer.query({ query: THREAD, variables: { slug: "pages-that-do-not-move" } });
const post = data?.post?.id ?? assert.fail("there is no such post");

/** Write a comment again and again until somebody is told: nobody can know from outside when he is subscribed. */
async function toldOf(words: string, event: Promise<CommentAdded>): Promise<void> {
  let told: CommentAdded | undefined;
  void event.then((found) => (told = found));
  for (let tries = 0; !told; tries += 1) {
    assert.ok(tries < 100, "nobody was told");
    await addComment(writer, post, words);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(told.commentAdded.kind, "COMMENT_ADDED");
  assert.equal(told.commentAdded.comment?.body, words);
}

const asked = { query: COMMENT_ADDED_TEXT, variables: { post } };

test("graphql-ws", async () => {
  const client = socketClient(URL_OF_SERVER, () => token, WebSocket);
  const events = client.iterate<CommentAdded>(asked);
  await toldOf("By a socket.", events.next().then(({ value }) => value?.data ?? assert.fail("no data")));
  await events.return?.();
  await client.dispose();
});

test("graphql-sse", async () => {
  const client = eventsClient(URL_OF_SERVER, () => token);
  const events = client.iterate<CommentAdded>(asked);
  await toldOf("By events.", events.next().then(({ value }) => value?.data ?? assert.fail("no data")));
  await events.return?.();
  client.dispose();
});

test("Apollo's multipart", async () => {
  const client = multipartClient(URL_OF_SERVER);
  const event = new Promise<CommentAdded>((resolve, reject) => {
    const subscription = client.subscribe({ query: COMMENT_ADDED, variables: { post } }).subscribe({
      next({ data: found, error }) {
        subscription.unsubscribe();
        if (found) resolve(found);
        else reject(error ?? new Error("no data"));
      },
      error: reject,
    });
  });
  await toldOf("By parts.", event);
});
