import { useEffect, useEffectEvent, useRef } from "react";
import { Link } from "wouter";
import { Byline, Tags } from "./Byline";
import { type FragmentType, graphql, readFragment } from "./gql";

const Posts = graphql(`
  fragment Posts on PostConnection {
    nodes {
      id
      slug
      title
      summary
      ...Byline
      ...Tags
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

type Props = {
  posts: FragmentType<typeof Posts>;
  fetching: boolean;
  /** Asked for what comes after this cursor. */
  onMore: (after: string) => void;
};

/** A list that goes on as one scrolls. */
export function PostList({ posts, fetching, onMore }: Props) {
  const { nodes, pageInfo } = readFragment(Posts, posts);
  return (
    <>
      <ol className="posts">
        {nodes.map((post) => (
          <li key={post.id}>
            <article>
              <h2>
                <Link href={`/posts/${post.slug}`}>{post.title}</Link>
              </h2>
              <Byline post={post} />
              <p>{post.summary}</p>
              <Tags post={post} />
            </article>
          </li>
        ))}
      </ol>
      {nodes.length === 0 && <p className="quiet">Nothing here yet.</p>}
      {pageInfo.hasNextPage && <More fetching={fetching} onMore={() => onMore(pageInfo.endCursor!)} />}
    </>
  );
}

/** A button for the keyboard, that presses itself when it comes near. */
export function More({ fetching, onMore }: { fetching: boolean; onMore: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const press = useEffectEvent(onMore);
  useEffect(() => {
    if (fetching) return; // and look anew after each page: on a tall screen, the button stays in sight
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && press(), { rootMargin: "600px" });
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [fetching]);
  return (
    <button ref={button} onClick={() => fetching || onMore()}>
      {fetching ? "Loading …" : "More"}
    </button>
  );
}
