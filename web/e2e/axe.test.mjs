// No accessibility violation on any page, in either theme.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, launch, login, open, settled, violations } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const PAGES = ['/triage', '/triage?q=zzzz-nothing', '/map', '/map?view=table', '/assets', '/conversations', '/coverage', '/settings?tab=appearance', '/settings?tab=plant', '/settings?tab=users', '/settings?tab=audit', '/nowhere', '/packets/00000000000000000000000000000000'];

for (const scheme of ['light', 'dark']) {
  test(`axe, ${scheme} theme`, { timeout: 180_000 }, async (t) => {
    const { page, context } = await open(browser, { scheme });
    await page.goto(`${base}/login`);
    await page.getByLabel('Name').waitFor();
    const check = (name) => t.test(name, async () => {
      const theme = await page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
      assert.equal(theme, scheme);
      assert.deepEqual(await violations(page), []);
    });
    await check('/login');
    await login(page);
    for (const path of PAGES) {
      await page.goto(base + path);
      await page.getByRole('navigation', { name: 'Pages' }).waitFor().catch(() => undefined);
      await settled(page).catch(() => undefined);
      await page.waitForTimeout(400);
      await check(path);
    }
    await page.goto(`${base}/triage`);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('a');
    await page.getByRole('dialog').waitFor();
    await check('acknowledge dialog');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await check('command palette');
    await page.goto(`${base}/assets`);
    await page.getByRole('grid').getByRole('link').first().click();
    await settled(page);
    await page.waitForTimeout(600);
    await check('asset');
    const packet = page.locator('[data-packet]').first();
    if ((await packet.count()) > 0) {
      await packet.click();
      await page.getByLabel('Hexadecimal dump').waitFor();
      await check('packet');
    }
    await context.close();
  });
}
