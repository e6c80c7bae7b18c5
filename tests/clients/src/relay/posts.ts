import { graphql } from "relay-runtime";

export const postsQuery = graphql`
  query postsQuery($slug: String!) {
    ...posts_list
    post(by: { slug: $slug }) {
      ...posts_post
    }
  }
`;

/** A list that grows: `usePaginationFragment` takes it. */
export const postsList = graphql`
  fragment posts_list on Query
  @refetchable(queryName: "postsListPaginationQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
    posts(first: $first, after: $after) @connection(key: "posts_list_posts") {
      edges {
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

/** A part that can be asked for again by its id, and otherwise: `useRefetchableFragment` takes it. */
export const postsPost = graphql`
  fragment posts_post on Post
  @refetchable(queryName: "postsPostRefetchQuery")
  @argumentDefinitions(comments: { type: "Int", defaultValue: 1 }) {
    id
    title
    comments(last: $comments) {
      nodes {
        id
        body
      }
    }
  }
`;

export const postsAddComment = graphql`
  mutation postsAddCommentMutation($input: AddCommentInput!) {
    addComment(input: $input) {
      comment {
        id
        body
        post {
          commentCount
        }
      }
      userErrors {
        __typename
        message
        field
        code
      }
    }
  }
`;
