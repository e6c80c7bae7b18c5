import { Client, fetchExchange, gql, type TypedDocumentNode } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { persistedExchange } from "@urql/exchange-persisted";

export function urqlClient(url: string, token: () => string | undefined, fetch = globalThis.fetch): Client {
  return new Client({
    url,
    fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        // Everything with an `id` is one object in the cache; these have none, and belong to what they stand in.
        keys: {
          PostConnection: () => null,
          PostEdge: () => null,
          CommentConnection: () => null,
          CommentEdge: () => null,
          PageInfo: () => null,
        },
        // Pages of a list become one list.
        resolvers: { Query: { posts: relayPagination() } },
        updates: {
          Mutation: {
            // What is new stands in no list until it is asked for again.
            addComment(_result, { input }, cache) {
              cache.invalidate({ __typename: "Post", id: (input as { post: string }).post }, "comments", { first: 50 });
            },
          },
        },
        // What a reader sees until the server has answered.
        optimistic: {
          updateComment({ input }) {
            const { id, body } = input as { id: string; body: string };
            return {
              __typename: "CommentPayload",
              userErrors: [],
              comment: { __typename: "Comment", id, body },
            };
          },
        },
      }),
      // Queries travel as hashes, by GET, so that a CDN can answer them; the text is sent once.
      persistedExchange({ preferGetForPersistedQueries: true }),
      fetchExchange,
    ],
    fetchOptions() {
      const bearer = token();
      const headers = { "x-graphql-client-name": "my-blog" };
      return { headers: bearer ? { ...headers, authorization: `Bearer ${bearer}` } : headers };
    },
  });
}

export const POSTS: TypedDocumentNode<
  { posts: { edges: { node: { id: string; title: string } }[]; pageInfo: { endCursor: string | null } } },
  { after?: string | null }
> = gql`
  query Posts($after: String) {
    posts(first: 2, after: $after) {
      edges { cursor node { id title } }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    }
  }
`;

interface Comment {
  id: string;
  body: string | null;
}

export const THREAD: TypedDocumentNode<
  { post: { id: string; comments: { edges: { node: Comment }[] } } | null },
  { slug: string }
> = gql`
  query Thread($slug: String!) {
    post(by: { slug: $slug }) {
      id
      comments(first: 50) { edges { cursor node { id body } } }
    }
  }
`;

interface Payload {
  comment: Comment | null;
  userErrors: { code: string; message: string; field: string[] | null }[];
}

export const ADD_COMMENT: TypedDocumentNode<
  { addComment: Payload },
  { input: { post: string; body: string } }
> = gql`
  mutation AddComment($input: AddCommentInput!) {
    addComment(input: $input) {
      comment { id body }
      userErrors { code message field }
    }
  }
`;

export const UPDATE_COMMENT: TypedDocumentNode<
  { updateComment: Payload },
  { input: { id: string; body: string } }
> = gql`
  mutation UpdateComment($input: UpdateCommentInput!) {
    updateComment(input: $input) {
      comment { id body }
      userErrors { code message field }
    }
  }
`;
