import { useEffect, useRef } from "react";
import { useMutation } from "urql";
import { Link, Route, Switch, useLocation } from "wouter";
import { graphql } from "./gql";
import { ArticlePage } from "./pages/Article";
import { AuthorPage } from "./pages/Author";
import { FrontPage } from "./pages/Front";
import { SearchPage } from "./pages/Search";
import { TagPage } from "./pages/Tag";
import { SearchBox } from "./SearchBox";
import { session, useSession } from "./session";

const LogOut = graphql(`
  mutation LogOut($refreshToken: String!) {
    logOut(input: { refreshToken: $refreshToken }) {
      userErrors {
        message
      }
    }
  }
`);

export function App() {
  const viewer = useSession();
  const [, logOut] = useMutation(LogOut);
  const main = useArrival();
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="masthead">
        <Link href="/" className="title">
          Broadsheet
        </Link>
        <SearchBox />
        {viewer && (
          <p className="viewer">
            {viewer.name}{" "}
            <button className="plain" onClick={() => logOut(viewer).finally(session.end)}>
              Log out
            </button>
          </p>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Switch>
          <Route path="/">
            <FrontPage />
          </Route>
          <Route path="/search">
            <SearchPage />
          </Route>
          <Route path="/posts/:slug">{({ slug }) => <ArticlePage key={slug} slug={slug} />}</Route>
          <Route path="/authors/:username">{({ username }) => <AuthorPage key={username} username={username} />}</Route>
          <Route path="/tags/:slug">{({ slug }) => <TagPage key={slug} slug={slug} />}</Route>
          <Route>
            <h1>There is no such page</h1>
          </Route>
        </Switch>
      </main>
    </>
  );
}

/** A new page begins at its top, and the focus with it; going back is left to the browser, and typing to who types. */
function useArrival() {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  const goesBack = useRef(false);
  useEffect(() => {
    const back = () => {
      goesBack.current = true;
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  useEffect(() => {
    if (before.current !== path && !goesBack.current && !document.activeElement?.closest("search")) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    before.current = path;
    goesBack.current = false;
  }, [path]);
  return main;
}
