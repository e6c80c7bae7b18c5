// What one does with GraphiQL's editors, and what is seen in them.
export const OPERATION = ".graphiql-query-editor";
export const HEADERS = ".graphiql-editor-tool .graphiql-editor:not(.hidden)";
export const RESPONSE = ".result-window";

export async function typeHeaders(page, headers) {
  await (await page.waitForSelector('.graphiql-editor-tools button[data-name="headers"]')).click();
  await page.waitForSelector(`${HEADERS} .view-line`);
  await replaceText(page, HEADERS, JSON.stringify(headers));
}

export async function replaceText(page, editor, text) {
  await page.click(`${editor} .view-lines`);
  await pressControl(page, "a");
  await page.keyboard.press("Delete"); // for Monaco puts a bracket that is typed around what is selected
  await page.keyboard.type(text); // key by key: Monaco closes brackets itself, and skips those that are typed
}

export async function run(page) {
  await page.click(`${OPERATION} .view-lines`);
  await pressControl(page, "Enter");
}

async function pressControl(page, key) {
  await page.keyboard.down("Control");
  await page.keyboard.press(key);
  await page.keyboard.up("Control");
}

/** The lines of a Monaco editor as they stand below each other; in the document they come in no order. */
export async function shownText(page, selector) {
  // In one step, for Monaco replaces the lines as it colours them.
  return page.evaluate((lines) => {
    return [...document.querySelectorAll(lines)]
      .map((line) => ({ top: line.getBoundingClientRect().top, text: line.textContent.replaceAll("\u00a0", " ") }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text)
      .join("\n");
  }, selector);
}

/** Collect from now on what must not happen. */
export async function watch(page, origin) {
  const found = { foreignRequests: [], failedRequests: [], consoleErrors: [], cspViolations: [] };
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (!["data:", "blob:"].includes(asked.protocol) && asked.origin !== origin) {
      found.foreignRequests.push(request.url());
    }
  });
  page.on("requestfailed", (request) => found.failedRequests.push(request.url()));
  page.on("response", (answer) => answer.status() >= 400 && found.failedRequests.push(answer.url()));
  page.on("console", (message) => message.type() === "error" && found.consoleErrors.push(message.text()));
  page.on("pageerror", (error) => found.consoleErrors.push(String(error)));
  await page.exposeFunction("noteViolation", (text) => found.cspViolations.push(text));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.noteViolation(`${event.effectiveDirective}: ${event.blockedURI || event.sourceFile}`);
    });
  });
  return found;
}
