// The client: a normalised cache, then the token, then HTTP; subscriptions go over a WebSocket.
import { authExchange } from "@urql/exchange-auth";
import { createClient as createSocket } from "graphql-ws";
import { Client, fetchExchange, subscriptionExchange } from "urql";
import { cache } from "./cache";
import { graphql } from "./gql";
import { session } from "./session";

const Refresh = graphql(`
  mutation Refresh($refreshToken: String!) {
    refreshSession(input: { refreshToken: $refreshToken }) {
      accessToken
      accessTokenExpiresAt
      refreshToken
      viewer {
        id
        user {
          id
          name
        }
      }
    }
  }
`);

const auth = authExchange(async ({ appendHeaders, mutate }) => ({
  addAuthToOperation(operation) {
    const token = session.current()?.accessToken;
    return token ? appendHeaders(operation, { authorization: `Bearer ${token}` }) : operation;
  },
  willAuthError() {
    const current = session.current();
    return current !== null && Date.parse(current.expiresAt) < Date.now() + 10_000;
  },
  didAuthError(error) {
    return (
      session.current() !== null && error.graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED")
    );
  },
  async refreshAuth() {
    const current = session.current();
    if (!current) return;
    const { data, error } = await mutate(Refresh, { refreshToken: current.refreshToken });
    if (!error?.networkError) session.begin(data?.refreshSession); // without tokens in the answer, it ends
  },
}));

// Nobody signs in here: comments on published posts are for everybody.
const socket = createSocket({
  url: new URL("/graphql", location.href).href.replace(/^http/, "ws"),
  retryAttempts: Infinity,
});

const live = subscriptionExchange({
  forwardSubscription: ({ query, variables }) => ({
    subscribe(sink) {
      const payload = { query: query!, variables: { ...variables } };
      const unsubscribe = socket.subscribe<Record<string, { eventId?: string }>>(payload, {
        ...sink,
        next(result) {
          // When the connection is lost, graphql-ws sends the payload again: let it go on after the last event.
          payload.variables["afterEvent"] = Object.values(result.data ?? {})[0]?.eventId;
          sink.next(result as Parameters<typeof sink.next>[0]);
        },
      });
      return { unsubscribe };
    },
  }),
});

export const client = new Client({
  url: "/graphql",
  exchanges: [cache, auth, fetchExchange, live],
  preferGetMethod: false,
});
