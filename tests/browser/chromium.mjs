// A headless Chromium out of an npm package: no browser and no library of the system is needed (Linux, x86-64).
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const FLAGS = [
  "--no-sandbox", // root may not use the sandbox, and the pages are our own
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage", // containers give /dev/shm 64 MiB
];

/**
 * Start the browser and hand it to `use`; whatever happens, it is closed and its files are removed. It finds no other
 * host than that of `url`.
 * Set PUPPETEER_EXECUTABLE_PATH to take a browser that is installed, where the packaged one does not run.
 */
export async function withBrowser(url, use) {
  // The package unpacks into fixed names in the temporary folder, for whoever comes first: a folder of our own keeps
  // users and simultaneous runs apart.
  const folder = await mkdtemp(join(tmpdir(), "broadsheet-browser-"));
  try {
    const executablePath = process.env.PUPPETEER_EXECUTABLE_PATH ?? (await unpack(folder));
    const browser = await puppeteer.launch({
      executablePath,
      headless: "shell",
      args: [...FLAGS, `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${new URL(url).hostname}`],
      userDataDir: join(folder, "profile"),
      defaultViewport: { width: 1440, height: 1000 },
    });
    try {
      return await use(browser);
    } finally {
      await browser.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function unpack(folder) {
  process.env.TMPDIR = folder;
  // Told that it runs on AWS Lambda, the package unpacks the libraries that it brings (NSS and its like) as well, and
  // puts them first in LD_LIBRARY_PATH; it decides this at its import.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  const path = await chromium.executablePath();
  // Its fonts.conf looks for the fonts in /tmp/fonts; without any font, Chromium hangs at the first text.
  process.env.FONTCONFIG_FILE = join(folder, "fonts.conf");
  await writeFile(
    process.env.FONTCONFIG_FILE,
    `<fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "fonts-cache")}</cachedir></fontconfig>`,
  );
  return path;
}
