// What the editor holds on a first visit.
export const FIRST_QUERY = `# The newest posts, each with its author and tags.
# Ctrl-Enter runs the query; Ctrl-Space completes names.
#
# To act as somebody, run the mutation logIn and put its
# accessToken into the pane "Headers" below:
# {"Authorization": "Bearer <accessToken>"}

query NewestPosts {
  posts(first: 5) {
    nodes {
      title
      publishedAt
      author {
        name
      }
      tags {
        name
      }
    }
    totalCount
  }
}
`;
