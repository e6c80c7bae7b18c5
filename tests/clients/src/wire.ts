export interface Exchange {
  method: string;
  url: URL;
  headers: Headers;
  /** The body of a POST, or the parameters of a GET. */
  sent: { operationName?: string; query?: string; documentId?: string; extensions?: { persistedQuery?: { sha256Hash: string } } };
  status: number;
  cacheStatus: string | null;
  answer: { data?: unknown; errors?: { message: string; extensions: { code: string } }[] };
}

/** Where the server is. */
export const URL_OF_SERVER = process.env["BROADSHEET_URL"] ?? "http://127.0.0.1:8000/graphql";

/** A fetch that writes down what went over the wire. */
export function recording(): { fetch: typeof fetch; wire: Exchange[] } {
  const wire: Exchange[] = [];
  return {
    wire,
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const text = request.method === "POST" ? await request.clone().text() : "";
      const answered = await fetch(request);
      const answer = await answered.clone().json();
      const sent = text ? JSON.parse(text) : parameters(url);
      const cacheStatus = answered.headers.get("cache-status");
      wire.push({
        ...{ method: request.method, url, headers: request.headers, sent },
        ...{ status: answered.status, cacheStatus, answer },
      });
      return answered;
    },
  };
}

function parameters(url: URL): Exchange["sent"] {
  const found = Object.fromEntries(url.searchParams);
  return { ...found, extensions: JSON.parse(found["extensions"] || "{}") };
}

/** What is shown comes a moment after what was answered. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 2000) throw new Error(`it never came: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
