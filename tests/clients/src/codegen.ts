import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { graphql } from "./generated/gql";
import type { AddCommentMutation, PostBy } from "./generated/graphql";

export const PostQuery = graphql(/* GraphQL */ `
  query Post($by: PostBy!) {
    post(by: $by) {
      id
      title
      publishedAt
      status
    }
  }
`);

export const AddComment = graphql(/* GraphQL */ `
  mutation AddComment($input: AddCommentInput!) {
    addComment(input: $input) {
      comment {
        id
        body
      }
      userErrors {
        __typename
        message
        field
        code
        ... on InputError {
          limit
        }
        ... on AccessError {
          requiredRole
        }
      }
    }
  }
`);

/** One operation; the compiler knows its variables and its answer. */
export async function ask<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
): Promise<Data> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
  if (!data || errors) throw new Error(errors?.map(({ message }) => message).join("; ") ?? response.statusText);
  return data;
}

type AddCommentError = AddCommentMutation["addComment"]["userErrors"][number];

/** What to tell the reader: `__typename` says which fields there are. */
export function explain(error: AddCommentError): string {
  switch (error.__typename) {
    case "InputError":
      return error.limit ? `${error.message} (${error.limit} at most)` : error.message;
    case "AccessError":
      return error.requiredRole ? `Only for ${error.requiredRole} and above.` : error.message;
    default:
      return error.message;
  }
}

/** A post by its id or by its slug; both at once are an error of types. */
export const bySlug = (slug: string): PostBy => ({ slug });
