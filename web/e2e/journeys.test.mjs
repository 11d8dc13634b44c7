// Journeys through the real program in a real browser.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { BASE, close, login, page, theme, violations } from './site.mjs';

after(close);

const ROUTES = [
  ['/triage', 'Triage'],
  ['/map', 'Map'],
  ['/map?view=table', 'Map'],
  ['/assets', 'Assets'],
  ['/conversations', 'Conversations'],
  ['/coverage', 'Coverage'],
  ['/settings', 'Settings'],
  ['/settings?tab=users', 'Settings'],
  ['/settings?tab=record', 'Settings'],
];

test('nobody gets in without a login, and a wrong password is said', async () => {
  const at = await page();
  await at.goto(`${BASE}/assets`);
  await at.getByRole('heading', { name: 'Watchfloor' }).waitFor();
  assert.match(at.url(), /\/login/);
  await at.getByLabel('Name').fill('nobody');
  await at.locator("input[type=password]").fill('not the password');
  await at.keyboard.press('Enter');
  await at.getByText('name or password is wrong').waitFor();
});

test('a finding is triaged from the keyboard alone', async () => {
  const at = await login();
  const rows = at.locator('ul[aria-label="Findings by rank"] button');
  await rows.first().waitFor();
  const before = await rows.count();
  assert.ok(before >= 5, `${before} findings`);
  await at.keyboard.press('j');
  await at.keyboard.press('j');
  await at.locator('button[aria-current="true"]').waitFor();
  const title = await at.getByLabel('The finding').getByRole('heading', { level: 2 }).innerText();
  await at.keyboard.press('a');
  await at.getByRole('dialog').waitFor();
  await at.keyboard.type('planned work, seen by the page test');
  await at.keyboard.press('Tab');
  await at.keyboard.press('Tab');
  await at.keyboard.press('Tab');
  await at.keyboard.press('Enter');
  await at.getByRole('dialog').waitFor({ state: 'detached' });
  await at.getByRole('status').filter({ hasText: `${before - 1} findings` }).waitFor();
  await at.goto(`${BASE}/triage?state=acknowledged`);
  await at.getByLabel('The finding').getByText('planned work, seen by the page test').waitFor();
  assert.equal(await at.getByLabel('The finding').getByRole('heading', { level: 2 }).innerText(), title);
});

test('the map unfolds a group and its table says the same', async () => {
  const at = await login();
  await at.goto(`${BASE}/map?view=table`);
  const status = at.getByRole('main').getByRole('status').first();
  await status.waitFor();
  const table = at.getByRole('region', { name: 'The map as tables' });
  await table.waitFor();
  assert.ok((await table.getByRole('link').count()) > 5);
  await at.getByText('Picture', { exact: true }).click();
  await at.getByRole('img', { name: /^Map of/ }).waitFor();
  await at.locator('canvas').first().waitFor();
  const unfold = at.locator('button[data-expand]');
  if ((await unfold.count()) > 0) {
    const before = await status.innerText();
    await unfold.first().click();
    await at.getByRole('button', { name: 'Fold all' }).waitFor();
    await at.waitForFunction((old) => document.querySelector('main [role="status"]')?.textContent !== old, before);
  }
});

test('an asset’s evidence is followed to its packet, and the packet is given out', async () => {
  const at = await login();
  await at.goto(`${BASE}/assets?role=controller`);
  await at.getByRole('grid', { name: 'Assets' }).getByRole('link').first().click();
  await at.getByRole('heading', { name: 'Identity and its evidence' }).waitFor();
  await at.locator('a[data-packet]').first().click();
  await at.getByRole('heading', { name: /^Packet in frame/ }).waitFor();
  await at.getByLabel('Bytes in hexadecimal').waitFor();
  const file = await at.request.get(BASE + (await at.getByRole('link', { name: 'Download as pcapng' }).getAttribute('href')));
  assert.equal((await file.body()).readUInt32BE(0), 0x0a0d0d0a);
});

test('a controller’s values are drawn with the acts on it', async () => {
  const at = await login();
  await at.goto(`${BASE}/assets?q=10.20.10.11`);
  await at.getByRole('grid', { name: 'Assets' }).getByRole('link').first().click();
  await at.getByRole('img', { name: /values from .* acts drawn in/ }).waitFor();
  await at.getByRole('heading', { name: /^Acts:/ }).waitFor();
});

test('a filter is in the URL and typed with /', async () => {
  const at = await login();
  await at.goto(`${BASE}/assets`);
  await at.getByRole('grid', { name: 'Assets' }).getByRole('link').first().waitFor();
  await at.keyboard.press('/');
  await at.keyboard.type('siemens');
  await at.waitForURL(/q=siemens/);
  await at.getByRole('status').filter({ hasText: /^\d+ assets?/ }).waitFor();
});

for (const scheme of ['light', 'dark']) {
  test(`axe finds nothing on any route in the ${scheme} theme`, async () => {
    const at = await login({ viewport: { width: 1366, height: 768 } });
    await theme(at, scheme);
    const found = [];
    for (const [path, heading] of ROUTES) {
      await at.goto(BASE + path);
      await at.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await at.waitForLoadState('networkidle').catch(() => undefined);
      await theme(at, scheme);
      found.push(...(await violations(at)).map((v) => `${path}: ${v}`));
    }
    assert.deepEqual(found, []);
  });
}
