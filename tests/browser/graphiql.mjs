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
import { OPERATION, replaceText, RESPONSE, run, shownText, typeHeaders, watch } from "./editors.mjs";

const [url, screenshot] = process.argv.slice(2);
if (!url) {
  console.error("usage: node graphiql.mjs URL [SCREENSHOT.png]");
  process.exit(2);
}
const { origin } = new URL(url);
const HEADER = "x-broadsheet-browser-test";
const EXPLORER = ".graphiql-explorer-root";

await withBrowser(url, async (browser) => {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const found = await watch(page, origin);
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
  await typeHeaders(page, { [HEADER]: "yes" });
  const request = page.waitForRequest((r) => r.postData()?.includes("posts(first"));
  await run(page);
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
