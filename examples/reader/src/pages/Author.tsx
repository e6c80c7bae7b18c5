import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { PostList } from "../PostList";
import { Status } from "../Status";

const Author = graphql(`
  query Author($username: String!, $after: String) {
    user(username: $username) {
      id
      name
      bioHtml
      url
      postCount
      posts(first: 10, after: $after) {
        ...Posts
      }
    }
  }
`);

export function AuthorPage({ username }: { username: string }) {
  const [after, setAfter] = useState<string>();
  const [{ data, error, fetching }] = useQuery({ query: Author, variables: { username, after } });
  const user = data?.user;
  if (!user) return <Status error={error} fetching={fetching} />;
  return (
    <>
      <title>{`${user.name} – Broadsheet`}</title>
      <header className="about">
        <h1>{user.name}</h1>
        {user.bioHtml && <div dangerouslySetInnerHTML={{ __html: user.bioHtml }} />}
        <p className="quiet">
          {user.postCount} {user.postCount === 1 ? "post" : "posts"}
          {user.url && (
            <>
              {" "}
              ·{" "}
              <a href={user.url} rel="nofollow">
                {new URL(user.url).host}
              </a>
            </>
          )}
        </p>
      </header>
      <PostList posts={user.posts} fetching={fetching} onMore={setAfter} />
    </>
  );
}
