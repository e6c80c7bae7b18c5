import type { CombinedError } from "urql";

/** In the place of a page that is not there: still on its way, failed, or of nothing that exists. */
export function Status({ error, fetching }: { error: CombinedError | undefined; fetching: boolean }) {
  if (error)
    return <p role="alert">{error.networkError ? "The server cannot be reached." : error.graphQLErrors[0]?.message}</p>;
  return fetching ? (
    <p className="quiet" role="status">
      Loading …
    </p>
  ) : (
    <h1>There is no such page</h1>
  );
}
