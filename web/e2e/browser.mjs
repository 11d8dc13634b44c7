// Starts Chromium, logs in, and reads BASE_URL, WF_USER and WF_PASSWORD from the environment.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const base = process.env.BASE_URL ?? 'http://127.0.0.1:4180';
export const user = process.env.WF_USER ?? 'admin';
export const password = process.env.WF_PASSWORD ?? 'correct horse battery';

const paths = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

export async function launch() {
  const executablePath = paths.find((path) => path && existsSync(path));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, headless: true, args });
}

/** A fresh page; `problems` collects what the browser complains about (a breach of the CSP among it). */
export async function open(browser, { scheme = 'light', width = 1366, height = 768 } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, bypassCSP: false });
  await context.addInitScript((value) => localStorage.setItem('watchfloor-theme', value), scheme);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // Asking who is logged in before anybody is, is answered 401: that is no fault.
    if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
  });
  return { context, page, problems };
}

export async function login(page, path = '/') {
  await page.goto(base + path);
  await page.getByLabel('Name').fill(user);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** WCAG 2.2 A and AA violations of the page as it stands, one line each. */
export async function violations(page) {
  // Through the debugger's own evaluation: the page's CSP stays as strict as it is.
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.map((found) => `${found.id}: ${found.nodes.slice(0, 4).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}

/** Waits until nothing says "Loading" any more. */
export async function settled(page) {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll('[role="status"]')].some((at) => at.textContent?.startsWith('Loading')));
}
