// Where GraphiQL keeps tabs, settings and history between visits. Headers hold access tokens, so they are never kept:
// `shouldPersistHeaders` sees to the tabs, but the history would store them all the same.
const OURS = /^graphiql:/;
const HISTORY = /^graphiql:(queries|favorites)$/;

export const storage = {
  get length() {
    return keys().length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, HISTORY.test(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  // Other pages of this origin may keep something here, too.
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
};

function keys() {
  return Object.keys(localStorage).filter((key) => OURS.test(key));
}

function withoutHeaders(json) {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === "headers" ? undefined : value));
}
