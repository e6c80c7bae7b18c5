import { useState } from "react";
import { useQuery } from "urql";
import { Link, useSearchParams } from "wouter";
import { Byline } from "../Byline";
import { graphql } from "../gql";
import { More } from "../PostList";
import { Status } from "../Status";

const Search = graphql(`
  query Search($text: String!, $after: String) {
    search(query: $text, first: 10, after: $after) {
      totalCount
      edges {
        cursor
        node {
          id
          slug
          title
          summary
          ...Byline
        }
        highlights {
          field
          html
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export function SearchPage() {
  const [parameters] = useSearchParams();
  const text = parameters.get("q")?.trim() ?? "";
  const [page, setPage] = useState<{ text: string; after: string | null }>();
  const after = page?.text === text ? page.after : null; // another text begins at the front
  const [{ data, error, fetching }] = useQuery({ query: Search, variables: { text, after }, pause: text === "" });
  const found = text === "" ? undefined : data?.search;
  return (
    <>
      <title>{text ? `${text} – Broadsheet` : "Search – Broadsheet"}</title>
      <h1 className="unseen">Search</h1>
      {text === "" && <p className="quiet">Words, "a phrase", or -words to leave out.</p>}
      {text !== "" && !found && <Status error={error} fetching={fetching} />}
      {found && (
        <>
          <p className="quiet" role="status">
            {found.totalCount === 0 ? "Nothing found." : `${found.totalCount} found`}
          </p>
          <ol className="posts">
            {found.edges.map(({ node, highlights }) => (
              <li key={node.id}>
                <article>
                  <h2>
                    <Link href={`/posts/${node.slug}`}>{node.title}</Link>
                  </h2>
                  <Byline post={node} />
                  <Excerpt html={highlights.find(({ field }) => field !== "title")?.html} summary={node.summary} />
                </article>
              </li>
            ))}
          </ol>
          {found.pageInfo.hasNextPage && (
            <More fetching={fetching} onMore={() => setPage({ text, after: found.pageInfo.endCursor })} />
          )}
        </>
      )}
    </>
  );
}

/** Where it was found: safe to insert, says the schema. What was found in the title alone is summed up. */
const Excerpt = ({ html, summary }: { html: string | undefined; summary: string }) =>
  html ? <p dangerouslySetInnerHTML={{ __html: `… ${html} …` }} /> : <p>{summary}</p>;
