import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { PostList } from "../PostList";
import { Status } from "../Status";

const Front = graphql(`
  query Front($after: String) {
    posts(first: 10, after: $after) {
      ...Posts
    }
  }
`);

export function FrontPage() {
  const [after, setAfter] = useState<string>();
  const [{ data, error, fetching }] = useQuery({
    query: Front,
    variables: { after },
    requestPolicy: "cache-and-network",
  });
  return (
    <>
      <title>Broadsheet</title>
      <h1 className="unseen">Newest posts</h1>
      {data ? (
        <PostList posts={data.posts} fetching={fetching} onMore={setAfter} />
      ) : (
        <Status error={error} fetching={fetching} />
      )}
    </>
  );
}
