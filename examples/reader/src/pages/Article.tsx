import { useQuery } from "urql";
import { Link } from "wouter";
import { Byline, Tags } from "../Byline";
import { Comments } from "../Comments";
import { graphql } from "../gql";
import { Status } from "../Status";

// One request for the whole page. `after` is for further pages of comments: Comments.tsx asks for these by themselves.
const Article = graphql(`
  query Article($slug: String!, $after: String) {
    post(by: { slug: $slug }) {
      id
      title
      bodyHtml
      ...Byline
      ...Tags
      previous {
        id
        slug
        title
      }
      next {
        id
        slug
        title
      }
      related(first: 3) {
        id
        slug
        title
      }
      ...Comments
    }
  }
`);

export function ArticlePage({ slug }: { slug: string }) {
  const [{ data, error, fetching }] = useQuery({
    query: Article,
    variables: { slug },
    requestPolicy: "cache-and-network",
  });
  const post = data?.post;
  if (!post) return <Status error={error} fetching={fetching} />;
  return (
    <>
      <title>{`${post.title} – Broadsheet`}</title>
      <article>
        <header className="about">
          <h1>{post.title}</h1>
          <Byline post={post} />
        </header>
        {/* Rendered and sanitised by the server. */}
        <div className="body" dangerouslySetInnerHTML={{ __html: post.bodyHtml }} />
        <Tags post={post} />
      </article>
      <nav className="neighbours" aria-label="Other posts">
        {post.previous && (
          <p>
            <span className="quiet">Before</span>{" "}
            <Link href={`/posts/${post.previous.slug}`}>{post.previous.title}</Link>
          </p>
        )}
        {post.next && (
          <p>
            <span className="quiet">After</span> <Link href={`/posts/${post.next.slug}`}>{post.next.title}</Link>
          </p>
        )}
        {post.related.length > 0 && (
          <p>
            <span className="quiet">Related</span>
            {post.related.map((other) => (
              <Link key={other.id} href={`/posts/${other.slug}`}>
                {other.title}
              </Link>
            ))}
          </p>
        )}
      </nav>
      <Comments post={post} />
    </>
  );
}
