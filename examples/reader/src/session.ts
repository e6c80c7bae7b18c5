// Who is signed in, in this window and after a reload. All scripts of the page can read this: a site that has scripts of
// others keeps the refresh token in a cookie of a server of its own.
import { useSyncExternalStore } from "react";

export type Session = { accessToken: string; expiresAt: string; refreshToken: string; name: string };

/** What `signUp`, `logIn` and `refreshSession` have in common. */
type Tokens = {
  accessToken: string | null;
  accessTokenExpiresAt: string | null;
  refreshToken: string | null;
  viewer: { user: { name: string } } | null;
};

const KEY = "session";
const listeners = new Set<() => void>();
let now: Session | null = JSON.parse(sessionStorage.getItem(KEY) ?? "null");

function set(next: Session | null) {
  now = next;
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
  listeners.forEach((tell) => tell());
}

export const session = {
  current: () => now,
  /** Begin or carry on a session; without tokens, there is none any more. */
  begin(tokens: Tokens | undefined) {
    const { accessToken, accessTokenExpiresAt: expiresAt, refreshToken, viewer } = tokens ?? {};
    set(
      accessToken && expiresAt && refreshToken && viewer
        ? { accessToken, expiresAt, refreshToken, name: viewer.user.name }
        : null,
    );
  },
  end: () => set(null),
};

export const useSession = () =>
  useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, session.current);
