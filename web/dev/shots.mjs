// Screenshots of every page in both themes and two sizes: `node dev/shots.mjs FOLDER [BASE_URL]`.
import { mkdirSync } from 'node:fs';
import { launch, login, open, settled } from '../e2e/browser.mjs';

const folder = process.argv[2] ?? 'shots';
const sizes = (process.env.SIZES ?? '1920x1080,1366x768').split(',').map((size) => size.split('x').map(Number));
const schemes = (process.env.SCHEMES ?? 'light,dark').split(',');
mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const scheme of schemes) for (const [width, height] of sizes) {
  const { page, context, problems } = await open(browser, { scheme, width, height });
  await page.goto(`${process.env.BASE_URL ?? 'http://127.0.0.1:4180'}/login`);
  await page.getByLabel('Name').waitFor();
  const shot = (name) => page.screenshot({ path: `${folder}/${name}-${scheme}-${width}.png` });
  await shot('login');
  await login(page);
  await settled(page);
  await page.getByRole('option').first().waitFor();
  const go = async (name, link) => { await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: link }).click(); await settled(page); await page.waitForTimeout(700); await shot(name); };
  await shot('triage');
  await page.keyboard.press('a');
  await page.getByRole('dialog').waitFor();
  await shot('acknowledge');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Page, asset or finding' }).fill('contr');
  await page.waitForTimeout(500);
  await shot('palette');
  await page.keyboard.press('Escape');
  await go('map', 'Map');
  await go('assets', 'Assets');
  await page.getByRole('grid').getByRole('link').first().click();
  await settled(page);
  await page.waitForTimeout(900);
  await shot('asset');
  await page.locator('[data-packet]').first().click();
  await settled(page);
  await shot('packet');
  await go('conversations', 'Traffic');
  await go('coverage', 'Coverage');
  await go('settings', 'Settings');
  await page.getByRole('tab', { name: 'Users' }).click();
  await page.waitForTimeout(400);
  await shot('users');
  for (const problem of new Set(problems)) console.log(scheme, width, problem);
  await context.close();
}
await browser.close();
