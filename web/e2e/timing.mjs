// Times of the page in milliseconds, as JSON: `BASE_URL=… WF_USER=… WF_PASSWORD=… node e2e/timing.mjs`. Median of five.
import { base, launch, login, open } from './browser.mjs';

const ROUNDS = 5;
const median = (list) => Math.round([...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]);
const times = {};
const note = (name, ms) => (times[name] ??= []).push(ms);

/** From an input to the frame after which `ready` holds, measured inside the page. */
async function measure(page, name, input, ready) {
  await page.evaluate((source) => void (window.measured = new Promise((resolve) => {
    const holds = new Function(`return (${source})()`);
    let began;
    const start = () => (began ??= performance.now());
    addEventListener('keydown', start, { once: true, capture: true });
    addEventListener('pointerdown', start, { once: true, capture: true });
    const look = () => (began !== undefined && holds() ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look));
    look();
  })), ready.toString());
  await input();
  note(name, await page.evaluate(() => window.measured));
}

const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1920, height: 1080 }, bypassCSP: true });
const first = await context.newPage();
await login(first);
await first.close();
for (let round = 0; round < ROUNDS; round += 1) {
  // A cold cache, but a kept session.
  const state = await context.storageState();
  const cold = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1920, height: 1080 }, bypassCSP: true, storageState: state });
  const page = await cold.newPage();
  await page.goto(`${base}/triage`);
  await page.getByRole('option').first().waitFor();
  note('first_load', await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))));
  const link = (name) => () => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await measure(page, 'route_assets_first', link('Assets'), () => document.querySelector('[role=grid] [data-index="20"], [role=grid] [data-index="0"]') !== null);
  // Typed as people type; the last key is the one after which nothing matches.
  const field = page.getByLabel('Search name, address, vendor');
  await field.pressSequentially('10.', { delay: 150 });
  await page.waitForTimeout(400);
  await measure(page, 'filter_assets', () => field.press('z'), () => /^0 /.test(document.querySelector('[role=grid] ~ footer')?.textContent ?? ''));
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await page.waitForTimeout(400);
  await measure(page, 'sort_assets', () => page.getByRole('columnheader').getByRole('button', { name: 'Vendor' }).click(), () => document.querySelector('[aria-sort=ascending]') !== null && document.querySelector('[data-pending]') === null);
  await measure(page, 'route_map_first', link('Map'), () => document.querySelector('canvas') !== null);
  await measure(page, 'route_triage_again', link('Triage'), () => document.querySelector('[role=option]') !== null && document.querySelector('article') !== null);
  await measure(page, 'key_next_finding', () => page.keyboard.press('j'), () => document.querySelector('[role=option][aria-posinset="2"][aria-selected=true]') !== null);
  await measure(page, 'route_assets_again', link('Assets'), () => document.querySelector('[role=grid] [data-index="0"]') !== null);
  await cold.close();
}
await browser.close();
console.log(JSON.stringify(Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])), null, 2));
