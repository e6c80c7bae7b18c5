import { useEffect, useState } from "react";
import { useLocation, useSearchParams } from "wouter";

/** What is typed becomes the address of the search page, a moment after the last key. */
export function SearchBox() {
  const [path, navigate] = useLocation();
  const [parameters] = useSearchParams();
  const asked = path === "/search" ? (parameters.get("q") ?? "") : "";
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);

  useEffect(() => {
    if (typed === asked) return;
    const timer = setTimeout(() => {
      navigate(`/search?${new URLSearchParams({ q: typed })}`, { replace: path === "/search" });
    }, 200);
    return () => clearTimeout(timer);
  }, [typed, asked, path, navigate]);

  return (
    <search>
      <input
        type="search"
        aria-label="Search"
        placeholder="Search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </search>
  );
}
