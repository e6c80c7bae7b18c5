// Reads and comments in the example's reader as a visitor would, and prints what came of it as one JSON object.
//
//   node reader.mjs URL [FOLDER]
//
//   atFirst, scrolled   number of posts on the front page, before and after scrolling to its end
//   whereBack           how far down the front page one is after an article and back, and how many posts are there
//   article             headings, byline and start of the text of the newest post
//   author, tag         heading and number of posts of the pages that its byline and its first tag lead to
//   search              for each text that stood in the search box: the address, and the titles found
//   complaint           what the form says of a password that is too short, beside its field
//   refreshed           whether the tokens are other ones after the page was opened with an access token that has expired
//   posted, seen        the last comment in the window that wrote it, and in another that was open before
//   counts              the heading of the comments in both
//   reply, times        the text of a reply, as the other window shows it below its comment, and how often; it was
//                       written while the other window had lost its connection
//   connections         how many connections for events the other window made
//   missing             heading of a page that does not exist
//   requests            how many times the article asked for data when it was opened
//   failedRequests, consoleErrors
//
// FOLDER gets screenshots.
import { join } from "node:path";
import { withBrowser } from "./chromium.mjs";

const [url, folder] = process.argv.slice(2);
if (!url) {
  console.error("usage: node reader.mjs URL [FOLDER]");
  process.exit(2);
}
const TITLES = ".posts h2 a";
const COMMENT = "The second window sees *this*.";
const REPLY = "And its answer.";

await withBrowser(url, async (browser) => {
  const found = { failedRequests: [], consoleErrors: [] };
  const open = async (path) => {
    const page = await (await browser.createBrowserContext()).newPage();
    page.setDefaultTimeout(30_000);
    watch(page, found);
    await page.evaluateOnNewDocument(keepSockets);
    await page.goto(new URL(path, url).href);
    return page;
  };
  try {
    const page = await open("/");
    const read = await reading(page);
    const other = await open(new URL(page.url()).pathname);
    console.log(JSON.stringify({ ...read, ...(await commenting(page, other)), ...found }, null, 2));
  } catch (error) {
    console.error(JSON.stringify(found, null, 2)); // most often the reason
    throw error;
  }
});

async function reading(page) {
  await page.waitForSelector(TITLES);
  const atFirst = await count(page, TITLES);
  await shoot(page, "front");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForFunction((titles, few) => document.querySelectorAll(titles).length > few, {}, TITLES, atFirst);
  await page.waitForFunction(() => document.querySelector(".posts ~ button")?.innerText !== "Loading …");
  const scrolled = await count(page, TITLES);

  const depth = await page.evaluate(() => scrollY);
  await (await page.$$(TITLES))[atFirst].click();
  await page.waitForSelector(".body");
  await page.goBack();
  await page.waitForSelector(TITLES);
  await page.waitForFunction(() => scrollY > 0);
  const whereBack = { left: depth, found: await page.evaluate(() => scrollY), posts: await count(page, TITLES) };

  await page.evaluate(() => scrollTo(0, 0));
  let requests = 0;
  page.on("request", (request) => (requests += request.url().endsWith("/graphql") && request.method() === "POST"));
  const path = await follow(page, TITLES);
  await page.waitForSelector(".body");
  const asked = requests;
  const article = {
    title: await text(page, "h1"),
    byline: await text(page, "h1 + p"),
    body: (await text(page, ".body")).slice(0, 200),
    top: await page.evaluate(() => scrollY),
  };
  await shoot(page, "article");

  await follow(page, "h1 + p a");
  const author = await list(page);
  await shoot(page, "author");
  await page.goBack();
  await page.waitForSelector(".body");
  await follow(page, ".tags a");
  const tag = await list(page);
  await shoot(page, "tag");

  const search = await searching(page, article.title);
  await page.goto(new URL("/no/such/page", url).href);
  const missing = await text(page, "h1");
  await page.goto(new URL(path, url).href);
  await page.waitForSelector(".body");
  return { atFirst, scrolled, whereBack, article, requests: asked, author, tag, search, missing };
}

/** Types the first word of the title, then the others, and never presses Enter. */
async function searching(page, title) {
  const [first, ...others] = title.split(" ");
  const steps = [];
  for (const typed of [first, ` ${others.join(" ")}`]) {
    await page.type("search input", typed);
    const whole = await page.$eval("search input", (input) => input.value);
    await page.waitForFunction((q) => new URLSearchParams(location.search).get("q") === q, {}, whole);
    await page.waitForNetworkIdle({ idleTime: 200 });
    await page.waitForSelector(TITLES);
    const titles = await page.$$eval(TITLES, (links) => links.map((link) => link.innerText));
    steps.push({ typed: whole, path: await page.evaluate(() => location.pathname), titles });
    await shoot(page, `search-${steps.length}`);
  }
  return steps;
}

async function commenting(page, other) {
  await other.waitForSelector("#comments");
  await page.type("#name", "Edda Reader");
  await page.type("#username", "edda");
  await page.type("#email", "edda@example.org");
  await page.type("#password", "too short");
  await page.click("form[aria-labelledby=account] button");
  await page.waitForSelector("#password[aria-invalid=true]");
  const complaint = await text(page, "#password-complaint");
  await shoot(page, "sign-up", ".comments");
  await page.type("#password", ", but no more");
  await page.click("form[aria-labelledby=account] button");
  await page.waitForSelector(".comments > form textarea");

  const refreshed = await expire(page);
  await page.type(".comments > form textarea", COMMENT);
  await page.click(".comments > form button");
  const last = ".comments div > ol > li:last-child";
  await seesText(page, last, "The second window");
  await seesText(other, last, "The second window");
  const posted = await html(page, `${last} > article > div`);
  const seen = await html(other, `${last} > article > div`);

  await other.evaluate(() => window.sockets.forEach((socket) => socket.close(4000)));
  await page.click(`${last} > article > button`);
  await page.waitForSelector(`${last} textarea`);
  await page.type(`${last} textarea`, REPLY);
  await page.click(`${last} form button`);
  await seesText(page, `${last} ol`, REPLY);
  await seesText(other, `${last} ol`, REPLY);
  const reply = await text(other, `${last} ol li div`);
  const counts = [await text(page, "#comments"), await text(other, "#comments")];
  const times = await count(other, `${last} ol li`);
  const connections = await other.evaluate(() => window.sockets.length);
  await shoot(page, "comments", ".comments");
  await shoot(other, "second-window", ".comments");
  await other.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await other.setViewport({ width: 390, height: 844 });
  await shoot(other, "dark-and-narrow");
  return { complaint, refreshed, posted, seen, reply, times, connections, counts };
}

/** Let the access token seem to have expired, and open the page anew; answers whether its tokens are new. */
async function expire(page) {
  const before = await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem("session"));
    sessionStorage.setItem("session", JSON.stringify({ ...session, expiresAt: "2000-01-01T00:00:00Z" }));
    return session;
  });
  await page.reload();
  await page.waitForSelector(".comments > form textarea");
  const after = await page.evaluate(() => JSON.parse(sessionStorage.getItem("session")));
  return after.accessToken !== before.accessToken && after.refreshToken !== before.refreshToken;
}

function watch(page, found) {
  page.on("requestfailed", (request) => {
    // What the page itself gave up, having moved on, is no failure.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") found.failedRequests.push(request.url());
  });
  page.on("response", (answer) => answer.status() >= 400 && found.failedRequests.push(answer.url()));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) found.consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => found.consoleErrors.push(String(error)));
}

/** For the page: makes `sockets` of all that it opens, so that these can be closed. */
function keepSockets() {
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      window.sockets.push(this);
    }
  };
}

/** Click a link; answers the path that it led to. */
async function follow(page, link) {
  const path = await page.$eval(link, (a) => new URL(a.href).pathname);
  await page.click(link);
  await page.waitForFunction((to) => location.pathname === to, {}, path);
  return path;
}

async function list(page) {
  await page.waitForSelector(`.about ~ ${TITLES}, .about ~ .posts h2`);
  return { heading: await text(page, "h1"), posts: await count(page, TITLES) };
}

async function count(page, selector) {
  return page.$$eval(selector, (elements) => elements.length);
}

async function text(page, selector) {
  return page.$eval(selector, (element) => element.innerText);
}

async function html(page, selector) {
  return page.$eval(selector, (element) => element.innerHTML.trim());
}

async function seesText(page, selector, part) {
  await page.waitForFunction(
    (at, wanted) => document.querySelector(at)?.innerText.includes(wanted),
    {},
    selector,
    part,
  );
}

async function shoot(page, name, part) {
  if (!folder) return;
  if (part) await page.$eval(part, (element) => element.scrollIntoView());
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
