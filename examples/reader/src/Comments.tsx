import { useState } from "react";
import { useClient, useSubscription } from "urql";
import { Account } from "./Account";
import { Moment } from "./Byline";
import { CommentForm } from "./CommentForm";
import { type FragmentType, graphql, readFragment } from "./gql";
import type { CommentFragment } from "./gql/graphql";
import { useSession } from "./session";

const CommentOfPost = graphql(`
  fragment Comment on Comment {
    id
    bodyHtml
    status
    createdAt
    author {
      id
      name
    }
    parent {
      id
    }
  }
`);

const CommentsOfPost = graphql(`
  fragment Comments on Post {
    id
    commentCount
    comments(first: 50, after: $after) {
      edges {
        cursor
        node {
          ...Comment
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const MoreComments = graphql(`
  query MoreComments($post: ID!, $after: String) {
    post(by: { id: $post }) {
      ...Comments
    }
  }
`);

// The edge goes into the list by cache.ts; the count, as all that has an id, finds its place by itself.
const CommentAdded = graphql(`
  subscription CommentAdded($post: ID!, $afterEvent: String) {
    commentAdded(post: $post, afterEvent: $afterEvent) {
      eventId
      kind
      commentEdge {
        cursor
        node {
          ...Comment
          post {
            id
            commentCount
          }
        }
      }
    }
  }
`);

export function Comments({ post }: { post: FragmentType<typeof CommentsOfPost> }) {
  const { id, commentCount, comments } = readFragment(CommentsOfPost, post);
  const all = comments.edges.map(({ node }) => readFragment(CommentOfPost, node));
  const client = useClient();
  const viewer = useSession();

  // The cache takes the page up, and this page shows it.
  const read = (after: string | null) =>
    client.query(MoreComments, { post: id, after }, { requestPolicy: "network-only" }).toPromise();

  useSubscription({ query: CommentAdded, variables: { post: id } }, (_, event) => {
    if (event.commentAdded.kind === "GAP") void read(null); // some events are not known any more
    return event;
  });

  return (
    <section className="comments" aria-labelledby="comments">
      <h2 id="comments">
        {commentCount} {commentCount === 1 ? "comment" : "comments"}
      </h2>
      <div aria-live="polite">
        <Thread post={id} all={all} parent={undefined} />
      </div>
      {comments.pageInfo.hasNextPage && (
        <button onClick={() => read(comments.pageInfo.endCursor)}>More comments</button>
      )}
      {viewer ? <CommentForm post={id} /> : <Account />}
    </section>
  );
}

/** The replies to one comment, or those that reply to none. */
function Thread({ post, all, parent }: { post: string; all: CommentFragment[]; parent: string | undefined }) {
  const here = all.filter((comment) => comment.parent?.id === parent);
  return (
    here.length > 0 && (
      <ol>
        {here.map((comment) => (
          <li key={comment.id}>
            <Remark post={post} comment={comment} />
            <Thread post={post} all={all} parent={comment.id} />
          </li>
        ))}
      </ol>
    )
  );
}

function Remark({ post, comment }: { post: string; comment: CommentFragment }) {
  const [replies, setReplies] = useState(false);
  const viewer = useSession();
  return (
    <article>
      <p className="quiet">
        <b>{comment.author.name}</b> · <Moment at={comment.createdAt} />
      </p>
      {comment.bodyHtml === null ? (
        <p className="quiet">{comment.status === "HIDDEN" ? "Hidden by a moderator." : "Deleted."}</p>
      ) : (
        <div dangerouslySetInnerHTML={{ __html: comment.bodyHtml }} />
      )}
      {viewer && !replies && (
        <button className="plain" onClick={() => setReplies(true)}>
          Reply
        </button>
      )}
      {viewer && replies && <CommentForm post={post} parent={comment.id} onDone={() => setReplies(false)} />}
    </article>
  );
}
