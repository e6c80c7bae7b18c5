// Uses GraphiQL as a reader would, and prints what came of it as one JSON object.
//
//   node graphiql.mjs URL [SCREENSHOT.png]
//
//   response         text of the response pane after Ctrl-Enter on the query of the first visit
//   sentHeader       what the header typed into the headers pane was when it arrived in the request
//   explorerFields   text of the explorer's panel
//   complaint        what the editor, which underlines it, says of an unknown field (the work of the GraphQL worker)
//   prettified       the text in the editor after the prettifier went over "{ thereIsNoSuchField }"
//   stored           what the page left in the browser's local storage
//   workers          URLs of the workers
//   foreignRequests  URLs asked for outside URL's origin
//   failedRequests   URLs with a status of 400 and above, or none
//   consoleErrors, cspViolations
import { withBrowser } from "./chromium.mjs";

const [url, screenshot] = process.argv.slice(2);
if (!url) {
  console.error("usage: node graphiql.mjs URL [SCREENSHOT.png]");
  process.exit(2);
}
const { origin } = new URL(url);
const HEADER = "x-broadsheet-browser-test";
const OPERATION = ".graphiql-query-editor";
const HEADERS = ".graphiql-editor-tool .graphiql-editor:not(.hidden)";
const RESPONSE = ".result-window";
const EXPLORER = ".graphiql-explorer-root";

await withBrowser(url, async (browser) => {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const found = await watch(page);
  try {
    console.log(JSON.stringify({ ...(await visit(page)), ...found }, null, 2));
  } catch (error) {
    console.error(JSON.stringify(found, null, 2)); // most often the reason
    throw error;
  }
});

async function visit(page) {
  await page.goto(url);
  await page.waitForSelector(`${OPERATION} .view-line`);
  await typeHeader(page);
  const request = page.waitForRequest((r) => r.postData()?.includes("posts(first"));
  await page.click(`${OPERATION} .view-lines`);
  await pressControl(page, "Enter");
  const sentHeader = (await request).headers()[HEADER] ?? null;
  await page.waitForFunction((pane) => document.querySelector(pane)?.innerText.includes("}"), {}, RESPONSE);
  const response = await shownText(page, `${RESPONSE} .view-line`);

  await page.click('button[aria-label="Show GraphiQL Explorer"]');
  await page.waitForFunction((panel) => document.querySelector(panel)?.innerText.includes("posts"), {}, EXPLORER);
  const explorerFields = await page.$eval(EXPLORER, (panel) => panel.innerText);
  if (screenshot) await page.screenshot({ path: screenshot });

  await replaceText(page, OPERATION, "{ thereIsNoSuchField }");
  const complaint = await page.waitForFunction(
    () => __MONACO.editor.getModelMarkers({}).find(({ message }) => message.includes("thereIsNoSuchField"))?.message,
  );
  await page.waitForSelector(`${OPERATION} .squiggly-error`);
  await page.click('button[aria-label^="Prettify"]');
  await page.waitForSelector(`${OPERATION} .view-line:nth-child(3)`);
  const prettified = await shownText(page, `${OPERATION} .view-line`);

  const workers = page.workers().map((worker) => worker.url());
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  return { response, sentHeader, explorerFields, complaint: await complaint.jsonValue(), prettified, workers, stored };
}

/** Collect from now on what must not happen. */
async function watch(page) {
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

async function typeHeader(page) {
  await (await page.waitForSelector('.graphiql-editor-tools button[data-name="headers"]')).click();
  await page.waitForSelector(`${HEADERS} .view-line`);
  await replaceText(page, HEADERS, `{"${HEADER}": "yes"}`);
}

async function replaceText(page, editor, text) {
  await page.click(`${editor} .view-lines`);
  await pressControl(page, "a");
  await page.keyboard.press("Delete"); // for Monaco puts a bracket that is typed around what is selected
  await page.keyboard.type(text); // key by key: Monaco closes brackets itself, and skips those that are typed
}

async function pressControl(page, key) {
  await page.keyboard.down("Control");
  await page.keyboard.press(key);
  await page.keyboard.up("Control");
}

/** The lines of a Monaco editor as they stand below each other; in the document they come in no order. */
async function shownText(page, selector) {
  // In one step, for Monaco replaces the lines as it colours them.
  return page.evaluate((lines) => {
    return [...document.querySelectorAll(lines)]
      .map((line) => ({ top: line.getBoundingClientRect().top, text: line.textContent.replaceAll("\u00a0", " ") }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text)
      .join("\n");
  }, selector);
}
