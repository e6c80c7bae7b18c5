// What is read once is kept by its id, and shown wherever it occurs. Pages of a list grow together into one.
import { type Cache, cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import type {
  AddCommentMutation,
  AddCommentMutationVariables,
  CommentAddedSubscription,
  CommentAddedSubscriptionVariables,
} from "./gql/graphql";

const embedded = () => null;

export const cache = cacheExchange({
  keys: {
    AuthPayload: embedded,
    CommentEdge: ({ cursor }) => cursor as string,
    CommentEvent: embedded,
    CommentPayload: embedded,
    Highlight: embedded,
    SimplePayload: embedded,
  },
  resolvers: {
    Query: { posts: relayPagination(), search: relayPagination() },
    Tag: { posts: relayPagination() },
    User: { posts: relayPagination() },
    Post: { comments: relayPagination() },
  },
  updates: {
    // Whichever comes first shows the comment; the other finds it there.
    Mutation: {
      addComment: ({ addComment }: AddCommentMutation, { input }: AddCommentMutationVariables, cache) =>
        append(cache, input.post, addComment.commentEdge),
    },
    Subscription: {
      commentAdded: ({ commentAdded }: CommentAddedSubscription, { post }: CommentAddedSubscriptionVariables, cache) =>
        append(cache, post, commentAdded.commentEdge),
    },
  },
});

/** Put a new comment behind the others on its post, unless a page is still to come that will have it. */
function append(cache: Cache, post: string, added: { cursor: string } | null) {
  if (!added) return;
  const edge = cache.keyOfEntity({ __typename: "CommentEdge", cursor: added.cursor })!;
  const entity = { __typename: "Post", id: post };
  for (const { fieldName, fieldKey } of cache.inspectFields(entity)) {
    if (fieldName !== "comments") continue;
    const page = cache.resolve(entity, fieldKey) as string;
    const edges = cache.resolve(page, "edges") as string[];
    const isLast = cache.resolve(cache.resolve(page, "pageInfo") as string, "hasNextPage") === false;
    if (isLast && !edges.includes(edge)) cache.link(page, "edges", [...edges, edge]);
  }
}
