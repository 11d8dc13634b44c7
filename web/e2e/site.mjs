// What the journeys share: the browser, a logged-in page, axe.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const BASE = process.env.BASE_URL ?? 'https://127.0.0.1:8443';
const USER = process.env.WF_USER ?? 'admin';
const PASSWORD = process.env.WF_PASSWORD ?? '';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;

/** A fresh page of its own session. */
export async function page(options = {}) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1920, height: 1080 }, ...options });
  context.setDefaultTimeout(10_000);
  return context.newPage();
}

export async function close() {
  await browser?.close();
  browser = undefined;
}

export async function login(options) {
  const at = await page(options);
  await at.goto(`${BASE}/`);
  await at.getByLabel('Name').fill(USER);
  await at.locator("input[type=password]").fill(PASSWORD);
  await at.keyboard.press('Enter');
  await at.getByRole('heading', { name: 'Triage' }).waitFor();
  return at;
}

/** The theme of the next page that is opened. */
export async function theme(at, scheme) {
  await at.evaluate((name) => localStorage.setItem('watchfloor-theme', name), scheme);
}

/** Violations that axe finds, in words. */
export async function violations(at) {
  await at.evaluate(axe);
  const found = await at.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} (${n.failureSummary?.split('\n')[1]?.trim() ?? ''})`).slice(0, 3).join('; ')}`);
}
