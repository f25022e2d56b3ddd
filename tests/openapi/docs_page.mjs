// Looks at /docs in Chromium as a person would: the operations are listed, "Try it out" answers.
// usage: node docs_page.mjs CHROMIUM URL NODE_MODULES SCREENSHOT
import { createRequire } from "node:module";

const [chromium, url, modules, screenshot] = process.argv.slice(2);
const playwright = createRequire(`${modules}/`)("playwright-core");
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking"],
});
const seen = { complaints: [], foreign: [] };
try {
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() !== "log") seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url.replace(/(:\d+).*/, "$1")) &&
        !request.url().startsWith("data:")) seen.foreign.push(request.url());
  });
  await page.goto(`${url}/docs`);
  const invoke = page.locator(".opblock", { has: page.locator('[data-path="/translate/invoke"]') });
  await invoke.waitFor();
  seen.title = await page.title();
  seen.operations = await page.locator(".opblock").count();
  await invoke.locator(".opblock-summary-control").click();
  await invoke.locator(".try-out__btn").click();
  await invoke.locator("textarea.body-param__text")
    .fill('{"input": {"language": "French", "text": "How are you?"}}');
  await invoke.locator(".execute").click();
  await invoke.locator(".live-responses-table .response-col_status").last().waitFor();
  seen.answer = await invoke.locator(".live-responses-table .response").first().innerText();
  await page.screenshot({ path: screenshot });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
