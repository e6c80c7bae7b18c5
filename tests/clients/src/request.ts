import { gql, GraphQLClient } from "graphql-request";

export function requestClient(url: string, token?: string, fetch = globalThis.fetch): GraphQLClient {
  return new GraphQLClient(url, {
    fetch,
    headers: { "graphql-client-name": "my-script", ...(token ? { authorization: `Bearer ${token}` } : {}) },
  });
}

const SLUGS = gql`
  query Slugs($after: String) {
    posts(first: 3, after: $after) {
      nodes { slug }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

interface Slugs {
  posts: { nodes: { slug: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** All posts, page by page. */
export async function* slugs(client: GraphQLClient): AsyncGenerator<string> {
  let after: string | null = null;
  for (;;) {
    const { posts }: Slugs = await client.request<Slugs>(SLUGS, { after });
    for (const { slug } of posts.nodes) yield slug;
    if (!posts.pageInfo.hasNextPage) return;
    after = posts.pageInfo.endCursor;
  }
}
