import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { PostList } from "../PostList";
import { Status } from "../Status";

const Tag = graphql(`
  query Tag($slug: String!, $after: String) {
    tag(slug: $slug) {
      id
      name
      description
      postCount
      posts(first: 10, after: $after) {
        ...Posts
      }
    }
  }
`);

export function TagPage({ slug }: { slug: string }) {
  const [after, setAfter] = useState<string>();
  const [{ data, error, fetching }] = useQuery({ query: Tag, variables: { slug, after } });
  const tag = data?.tag;
  if (!tag) return <Status error={error} fetching={fetching} />;
  return (
    <>
      <title>{`${tag.name} – Broadsheet`}</title>
      <header className="about">
        <h1>{tag.name}</h1>
        {tag.description && <p>{tag.description}</p>}
        <p className="quiet">
          {tag.postCount} {tag.postCount === 1 ? "post" : "posts"}
        </p>
      </header>
      <PostList posts={tag.posts} fetching={fetching} onMore={setAfter} />
    </>
  );
}
