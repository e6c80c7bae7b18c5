import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";

export function apolloClient(uri: string, token: () => string | undefined, fetch = globalThis.fetch): ApolloClient {
  return new ApolloClient({
    // The name by which the server counts who still uses what is deprecated.
    clientAwareness: { name: "my-blog", version: "1.0" },
    link: ApolloLink.from([
      new SetContextLink(({ headers }) => {
        const bearer = token();
        return { headers: bearer ? { ...headers, authorization: `Bearer ${bearer}` } : headers };
      }),
      // Queries travel as hashes, by GET, so that a CDN can answer them; the text is sent once.
      new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
      new HttpLink({ uri, fetch }),
    ]),
    cache: new InMemoryCache({
      // Everything with an `id` is one object in the cache, wherever it stands. Pages of a list become one list;
      // lists of other conditions or orders are other lists.
      typePolicies: {
        Query: { fields: { posts: relayStylePagination(["where", "orderBy"]) } },
        Post: { fields: { comments: relayStylePagination(["orderBy"]) } },
      },
    }),
  });
}

/** Browsers have this where the page came by https, or from the same machine. */
async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Comment {
  __typename: "Comment";
  id: string;
  body: string | null;
}
interface Page<T> {
  edges: { cursor: string; node: T }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
interface CommentPayload {
  comment: Comment | null;
  commentEdge: { cursor: string; node: Comment } | null;
  userErrors: { code: string; message: string; field: string[] | null }[];
}

export const POSTS: TypedDocumentNode<
  { posts: Page<{ __typename: "Post"; id: string; title: string }> },
  { after?: string | null }
> = gql`
  query Posts($after: String) {
    posts(first: 2, after: $after) {
      edges { cursor node { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const THREAD: TypedDocumentNode<{ post: { id: string; comments: Page<Comment> } | null }, { slug: string }> = gql`
  query Thread($slug: String!) {
    post(by: { slug: $slug }) {
      id
      comments(first: 50) {
        edges { cursor node { id body } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;

export const ADD_COMMENT: TypedDocumentNode<{ addComment: CommentPayload }, { post: string; body: string }> = gql`
  mutation AddComment($post: ID!, $body: Markdown!) {
    addComment(input: { post: $post, body: $body }) {
      comment { id body }
      commentEdge { cursor node { id body } }
      userErrors { code message field }
    }
  }
`;

export const UPDATE_COMMENT: TypedDocumentNode<
  { updateComment: Pick<CommentPayload, "comment" | "userErrors"> },
  { id: string; body: string }
> = gql`
  mutation UpdateComment($id: ID!, $body: Markdown!) {
    updateComment(input: { id: $id, body: $body }) {
      comment { id body }
      userErrors { code message field }
    }
  }
`;

/** What is new stands in no list until somebody puts it there; what is changed needs nothing of the kind. */
export function addComment(client: ApolloClient, post: string, body: string) {
  return client.mutate({
    mutation: ADD_COMMENT,
    variables: { post, body },
    update(cache, { data }) {
      const edge = data?.addComment.commentEdge;
      if (!edge) return; // see userErrors
      cache.modify({
        id: `Post:${post}`,
        fields: {
          comments: (list, { toReference }) => ({
            ...list,
            edges: [...list.edges, { ...edge, node: toReference({ ...edge.node }) }],
          }),
        },
      });
    },
  });
}
