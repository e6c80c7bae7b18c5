import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { createClient as createSseClient, type Client as SseClient } from "graphql-sse";
import { createClient as createWsClient, type Client as WsClient } from "graphql-ws";

/** By WebSocket (graphql-transport-ws). Browsers have `WebSocket`; Node.js before 22 needs the package `ws`. */
export function socketClient(url: string, token: () => string | undefined, webSocketImpl?: unknown): WsClient {
  return createWsClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl,
    connectionParams: () => (token() ? { Authorization: `Bearer ${token()}` } : {}),
  });
}

/** By server-sent events, each operation in a connection of its own. */
export function eventsClient(url: string, token: () => string | undefined): SseClient {
  return createSseClient({
    url,
    headers: (): Record<string, string> => {
      const bearer = token();
      return bearer ? { authorization: `Bearer ${bearer}` } : {};
    },
  });
}

/** Apollo's own way: its HttpLink asks for `multipart/mixed` when an operation is a subscription. */
export function multipartClient(uri: string): ApolloClient {
  return new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache() });
}

export interface CommentAdded {
  commentAdded: { eventId: string; kind: string; comment: { id: string; body: string | null } | null };
}

export const COMMENT_ADDED_TEXT = `
  subscription CommentAdded($post: ID!, $after: String) {
    commentAdded(post: $post, afterEvent: $after) {
      eventId
      kind
      comment { id body }
    }
  }
`;

export const COMMENT_ADDED: TypedDocumentNode<CommentAdded, { post: string; after?: string }> = gql(COMMENT_ADDED_TEXT);
