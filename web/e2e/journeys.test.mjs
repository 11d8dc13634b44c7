// What people do, in a real browser against a running server: see browser.mjs for the environment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, launch, login, open, password, settled, user } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** One journey in a fresh session; the browser may complain of nothing. */
function journey(name, run) {
  test(name, { timeout: 60_000 }, async () => {
    const { page, context, problems } = await open(browser);
    try {
      await run(page);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  });
}

const heading = (page) => page.locator('main h1').first();
const selected = (page) => page.locator('[role="option"][aria-selected="true"]');

journey('first login: a deep link survives, a stranger sees nothing', async (page) => {
  await page.goto(`${base}/coverage`);
  await page.waitForURL(/\/login/);
  await login(page, '/coverage');
  await page.waitForURL(/\/coverage$/);
  assert.equal(await heading(page).textContent(), 'Coverage');
});

journey('a finding is triaged from the keyboard', async (page) => {
  await login(page);
  await selected(page).waitFor();
  const first = await selected(page).getAttribute('id');
  await page.keyboard.press('j');
  await page.waitForFunction((id) => document.querySelector('[aria-selected="true"]')?.id !== id, first);
  await page.keyboard.press('k');
  await page.waitForFunction((id) => document.querySelector('[aria-selected="true"]')?.id === id, first);
  const id = first.replace('option-', '');
  await page.keyboard.press('s');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Announced maintenance, permit 4411');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator(`#${first}`).waitFor({ state: 'detached' });
  // The record of who, why and until when.
  await page.goto(`${base}/triage?state=shelved&open=${id}`);
  await page.getByText('Announced maintenance, permit 4411').waitFor();
  assert.match(await page.locator('article').textContent(), new RegExp(user));
  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Reopen/ }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

journey('what is typed fast stays, and what the address says is shown', async (page) => {
  await login(page, '/assets');
  const field = page.getByLabel('Search name, address, vendor');
  await field.waitFor();
  for (const pause of [0, 20, 70]) {
    await field.fill('');
    await field.pressSequentially('modbus zzz', { delay: pause });
    await page.waitForURL(/q=modbus(\+|%20)zzz$/);
    await page.getByText('0 assets').waitFor();
    assert.equal(await field.inputValue(), 'modbus zzz');
  }
  // From outside: another address.
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Assets' }).click();
  await page.waitForURL(/\/assets$/);
  assert.equal(await field.inputValue(), '');
});

journey('a reason is asked for, and the filter stays in the address', async (page) => {
  await login(page);
  await selected(page).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('zzzz-nothing-matches');
  await page.getByText('No finding matches').waitFor();
  assert.match(page.url(), /q=zzzz-nothing-matches/);
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await selected(page).waitFor();
  await heading(page).click();
  await page.keyboard.press('a');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).isDisabled(), true);
});

journey('the map unfolds, and says the same as a table', async (page) => {
  await login(page, '/map');
  await settled(page);
  await page.locator('canvas').first().waitFor();
  const unfold = page.getByRole('button', { name: 'Unfold all' });
  // A small plant has nothing folded.
  if ((await unfold.count()) > 0) {
    await unfold.click();
    await page.waitForURL(/expand=/);
    await page.getByRole('button', { name: 'Fold all', exact: true }).click();
    await page.waitForFunction(() => !location.search.includes('expand='));
  }
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText(/Enter (opens|unfolds) it/).waitFor();
  await page.getByText('Table', { exact: true }).click();
  await page.getByRole('region', { name: 'Nodes' }).waitFor();
  assert.ok((await page.getByRole('region', { name: 'Nodes' }).getByRole('row').count()) > 1);
});

journey("an asset's evidence leads to its packets", async (page) => {
  await login(page, '/assets');
  await settled(page);
  const grid = page.getByRole('grid', { name: 'Assets' });
  await grid.locator('[data-index="0"]').waitFor();
  const names = await grid.getByRole('link').count();
  for (let at = 0; at < Math.min(names, 8); at += 1) {
    await grid.getByRole('link').nth(at).click();
    await page.waitForURL(/\/assets\/.+/);
    const evidence = page.getByRole('region', { name: 'Attributes and their evidence' });
    await evidence.waitFor();
    const packet = evidence.locator('[data-packet]').first();
    if ((await packet.count()) > 0) {
      await packet.click();
      await page.waitForURL(/\/packets\//);
      await page.getByLabel('Hexadecimal dump').waitFor();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /Download/ }).click()]);
      assert.match(download.suggestedFilename(), /pcapng/);
      return;
    }
    await page.goBack();
    await grid.locator('[data-index="0"]').waitFor();
  }
  assert.fail('no asset of the first eight has evidence with a packet');
});

journey('everything can be reached without a mouse', async (page) => {
  await page.goto(base);
  await page.waitForURL(/\/login/);
  await page.getByLabel('Name').waitFor();
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await selected(page).waitFor();
  await page.keyboard.press('Tab');
  const skip = await page.evaluate(() => document.activeElement?.textContent?.trim());
  assert.equal(skip, 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  for (const [word, path] of [['Map', '/map'], ['Assets', '/assets'], ['Traffic', '/conversations'], ['Coverage', '/coverage'], ['Settings', '/settings']]) {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type(word);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === path);
  }
  await page.goto(`${base}/assets`);
  await page.getByRole('grid').locator('[data-index="0"]').waitFor();
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-index') === '0');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/assets\/.+/);
  await settled(page);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
