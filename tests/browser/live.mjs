// Writes by GraphiQL as somebody, and listens by it to what others write; prints what it showed as one JSON object.
//
//   node live.mjs URL TOKEN POST [SCREENSHOT.png]
//
//   mutation   text of the response pane after addComment, with the token in the headers pane
//   event      text of the response pane of a subscription, after somebody else has commented
//   and what `watch` collects
import { withBrowser } from "./chromium.mjs";
import { OPERATION, RESPONSE, shownText, typeHeaders, watch } from "./editors.mjs";

const [url, token, post, screenshot] = process.argv.slice(2);
if (!post) {
  console.error("usage: node live.mjs URL TOKEN POST [SCREENSHOT.png]");
  process.exit(2);
}
const authorization = `Bearer ${token}`;
const added = (body) => `mutation {
  addComment(input: { post: "${post}", body: "${body}" }) { comment { body author { username } } userErrors { message } }
}`;

await withBrowser(url, async (browser) => {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const found = await watch(page, new URL(url).origin);
  try {
    console.log(JSON.stringify({ ...(await visit(page)), ...found }, null, 2));
  } catch (error) {
    console.error(JSON.stringify(found, null, 2)); // most often the reason
    console.error(await shownText(page, `${OPERATION} .view-line`), await shownText(page, `${RESPONSE} .view-line`));
    throw error;
  }
});

async function visit(page) {
  await page.goto(url);
  await page.waitForSelector(`${OPERATION} .view-line`);
  await typeHeaders(page, { Authorization: authorization });
  await write(page, added("By GraphiQL."));
  await page.click(".graphiql-execute-button");
  const mutation = await shown(page, "By GraphiQL.");
  await write(page, `subscription { commentAdded(post: "${post}") { kind comment { body author { username } } } }`);
  await page.click(".graphiql-execute-button");
  // From outside nobody can see when it listens.
  const again = setInterval(() => comment("From elsewhere."), 300);
  const event = await shown(page, "From elsewhere.").finally(() => clearInterval(again));
  if (screenshot) await page.screenshot({ path: screenshot });
  return { mutation, event };
}

/** Put a text into the editor of the operation. */
async function write(page, text) {
  await page.evaluate((words) => {
    const [model] = __MONACO.editor.getModels().filter((one) => one.uri.path.includes("operation"));
    model.setValue(words);
  }, text);
  // GraphiQL looks for the names of operations a moment after the last key, and shows nowhere that it has.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
}

async function shown(page, words) {
  const here = (pane, text) => document.querySelector(pane)?.innerText.replaceAll("\u00a0", " ").includes(text);
  await page.waitForFunction(here, {}, RESPONSE, words);
  return shownText(page, `${RESPONSE} .view-line`);
}

async function comment(words) {
  const headers = { "content-type": "application/json", authorization };
  await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: added(words) }) });
}
