// What `tsc` must refuse: a line here that is no error is one.
import { explain, PostQuery, ask, AddComment } from "./codegen";
import type { PostBy } from "./generated/graphql";

// @ts-expect-error - @oneOf: one of both, not both
export const both: PostBy = { id: "UG9zdDox", slug: "hello-broadsheet" };

// @ts-expect-error - @oneOf: not none
export const neither: PostBy = {};

// @ts-expect-error - @oneOf: not null
export const nothing: PostBy = { slug: null };

export async function refused(url: string): Promise<void> {
  // @ts-expect-error - a variable that is needed is missing
  await ask(url, PostQuery, {});
  // @ts-expect-error - a text is no number
  await ask(url, AddComment, { input: { post: "UG9zdDox", body: 1 } });
  const { post } = await ask(url, PostQuery, { by: { slug: "hello-broadsheet" } });
  // @ts-expect-error - there may be no such post
  console.log(post.title);
  // @ts-expect-error - nobody asked for the body
  console.log(post?.body);
  // @ts-expect-error - there is no such status
  console.log(post?.status === "GONE");
  const { addComment } = await ask(url, AddComment, { input: { post: "UG9zdDox", body: "Yes." } });
  for (const error of addComment.userErrors) {
    explain(error);
    // @ts-expect-error - only an InputError has a limit
    console.log(error.limit);
    // @ts-expect-error - and it has no requiredRole
    if (error.__typename === "InputError") console.log(error.requiredRole);
  }
}
