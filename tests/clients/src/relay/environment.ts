import { Environment, Network, RecordSource, Store, type RequestParameters, type Variables } from "relay-runtime";

/** Relay's store over a server; documents go by their ids where the compiler wrote them into a manifest. */
export function relayEnvironment(url: string, token: () => string | undefined, fetch = globalThis.fetch): Environment {
  async function ask({ id, text, name }: RequestParameters, variables: Variables) {
    const bearer = token();
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "graphql-client-name": "my-blog",
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      },
      body: JSON.stringify({ ...(id ? { documentId: id } : { query: text }), operationName: name, variables }),
    });
    return response.json();
  }
  return new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
}
