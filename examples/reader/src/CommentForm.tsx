import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "./gql";

const AddComment = graphql(`
  mutation AddComment($input: AddCommentInput!) {
    addComment(input: $input) {
      userErrors {
        message
      }
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

export function CommentForm({ post, parent, onDone }: { post: string; parent?: string; onDone?: () => void }) {
  const [body, setBody] = useState("");
  const [{ data, error, fetching }, addComment] = useMutation(AddComment);
  const complaint = error?.message ?? data?.addComment.userErrors[0]?.message;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const result = await addComment({ input: { post, parent, body } });
    if (!result.data?.addComment.commentEdge) return;
    setBody("");
    onDone?.();
  }

  return (
    <form onSubmit={submit}>
      <label>
        {parent ? "Your reply" : "Your comment"}
        <textarea
          required
          rows={4}
          maxLength={10_000}
          autoFocus={parent !== undefined}
          value={body}
          onChange={(event) => setBody(event.target.value)}
        />
      </label>
      {complaint && <p role="alert">{complaint}</p>}
      <p className="buttons">
        <button disabled={fetching}>{parent ? "Reply" : "Comment"}</button>
        {onDone && (
          <button type="button" className="plain" onClick={onDone}>
            Cancel
          </button>
        )}
        <span className="quiet">Markdown is understood.</span>
      </p>
    </form>
  );
}
