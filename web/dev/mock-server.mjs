// A stand-in for the product's HTTP server: `node dev/mock-server.mjs [--assets 10000] [--port 4180]`. Any password but
// "wrong" logs in; the name is the role (admin, engineer, operator, analyst, viewer). Serves dist/ under the strict CSP.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import * as data from './mock-data.mjs';
import { makeMap } from './mock-map.mjs';

const option = (name, or) => { const at = process.argv.indexOf(name); return at > 0 ? process.argv[at + 1] : or; };
const assets = data.makeAssets(Number(option('--assets', 60)));
const conversations = data.makeConversations(assets, Math.min(5000, assets.length * 3));
const findings = data.makeFindings(assets, assets.length > 1000 ? 300 : 14);
const operations = data.makeOperations(assets);
let plant = structuredClone(data.plant);
const users = [['admin', 'admin'], ['m.keller', 'operator'], ['soc1', 'analyst']].map(([name, role]) => ({ name, role, created: new Date(data.eventEnd).toISOString(), last_login: null, enabled: true }));
const audit = [{ id: 1, at: new Date(data.eventEnd).toISOString(), user: 'admin', action: 'user.login', object: 'admin', detail: '' }];
const rights = { viewer: [], analyst: ['findings.act', 'query.run', 'packets.read'], operator: ['findings.act', 'query.run', 'packets.read'], engineer: ['findings.act', 'query.run', 'packets.read', 'assets.edit', 'plant.edit', 'audit.read'], admin: ['findings.act', 'query.run', 'packets.read', 'assets.edit', 'plant.edit', 'users.manage', 'audit.read'] };
const dist = new URL('../dist', import.meta.url).pathname;
const csp = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'";
const open = (f) => f.state === 'unacknowledged' || f.state === 'returned';
let liveId = 1;
const streams = new Set();
const tell = (topics) => { liveId += 1; for (const s of streams) s.write(`id: ${liveId}\ndata: ${JSON.stringify({ id: liveId, topics })}\n\n`); };
const note = (user, action, object, detail = '') => { audit.unshift({ id: audit.length + 1, at: new Date().toISOString(), user, action, object, detail }); };
class Refused extends Error { constructor(status, text) { super(text); this.status = status; } }

function select(list, q) {
  const text = q.get('q')?.toLowerCase();
  let out = list.filter((item) => (!text || JSON.stringify(item).toLowerCase().includes(text))
    && (!q.get('role') || item.role === q.get('role'))
    && (!q.get('zone') || item.zone === q.get('zone') || item.client_zone === q.get('zone') || item.server_zone === q.get('zone'))
    && (!q.get('protocol') || item.protocol === q.get('protocol') || item.protocols?.includes(q.get('protocol')))
    && (!q.get('priority') || item.priority === q.get('priority')) && (!q.get('rule') || item.rule === q.get('rule'))
    && (!q.get('asset') || item.id === q.get('asset') || item.assets?.includes(q.get('asset')) || item.client_asset === q.get('asset') || item.server_asset === q.get('asset') || byIp(item, q.get('asset')))
    && (!q.get('state') || (q.get('state') === 'open' ? open(item) : item.state === q.get('state'))));
  const sort = q.get('sort');
  if (sort) {
    const key = sort.replace(/^-/, '');
    const way = sort.startsWith('-') ? -1 : 1;
    out = [...out].sort((a, b) => way * ((a[key] ?? '') < (b[key] ?? '') ? -1 : (a[key] ?? '') > (b[key] ?? '') ? 1 : 0));
  }
  return out;
}
const ipOf = new Map(assets.map((a) => [a.id, a.ips[0]]));
const byIp = (item, id) => item.src !== undefined && (item.src === ipOf.get(id) || item.dst === ipOf.get(id));
function page(list, q) {
  const all = select(list, q);
  const at = Number(q.get('cursor') ?? 0);
  const size = Number(q.get('limit') ?? 100);
  return { items: all.slice(at, at + size), next: at + size < all.length ? String(at + size) : null, total: all.length };
}
function act(list, word, user) {
  if (word.act !== 'reopen' && (!word.reason || !word.until)) throw new Refused(400, 'A reason and an end are required to acknowledge or shelve.');
  for (const f of list) Object.assign(f, word.act === 'reopen'
    ? { state: 'unacknowledged', handled_by: user, handled_reason: word.reason, handled_until: null }
    : { state: word.act === 'shelve' ? 'shelved' : 'acknowledged', handled_by: user, handled_reason: word.reason, handled_until: word.until, handled_at: new Date().toISOString() });
  note(user, `finding.${word.act}`, list.map((f) => f.id).slice(0, 5).join(' '), word.reason);
  tell(['findings', 'status']);
}
const find = (list, key, value) => list.find((item) => item[key] === value) ?? (() => { throw new Refused(404, `${value} not found`); })();

function answer(method, path, q, body, role) {
  const [kind, id, sub] = path;
  const need = (right) => { if (!rights[role].includes(right)) throw new Refused(403, `This takes the right ${right}.`); };
  switch (`${method} ${kind}`) {
    case 'GET me': return { user: role, role, csrf: 'mock-csrf', permissions: rights[role] };
    case 'POST logout': return null;
    case 'GET status': return { version: '0.1.0-mock', site: 'lakeside', site_name: plant.site.name, source: 'replay', progress: 0.64, event_time: new Date(data.eventEnd).toISOString(), updated: new Date().toISOString(), learning_until: new Date(data.eventEnd - 3_600_000).toISOString(), assets: assets.length, conversations: conversations.length, open_findings: ['low', 'medium', 'high', 'highest'].map((p) => findings.filter((f) => f.priority === p && open(f)).length), backlog: 1204, warnings: ['demo.pcapng breaks off at byte 2,914,220: the last packet is incomplete.'], plant_model: true };
    case 'GET assets':
      if (!id) return page(assets, q);
      if (sub === 'points') return { items: ['DB1.DBD4', 'DB1.DBD8', 'MW20'].map((point) => ({ point, protocol: 's7comm', changes: 2400, min: 31.2, max: 88.4, last: 61.7 })) };
      if (sub === 'series') return data.makeSeries(q.get('point'));
      return { ...find(assets, 'id', id), attributes: data.makeAttributes(find(assets, 'id', id)) };
    case 'PUT assets': {
      need('assets.edit');
      const asset = find(assets, 'id', id);
      for (const [key, value] of Object.entries(body)) if (value) asset[key] = key === 'purdue_level' ? Number(value) : value;
      note(role, 'asset.override', id, JSON.stringify(body));
      tell(['assets']);
      return { ...asset, attributes: data.makeAttributes(asset) };
    }
    case 'GET conversations': return page(conversations, q);
    case 'GET operations': return page(operations.toReversed(), q);
    case 'GET measurements': return { items: [], next: null };
    case 'GET findings': return id ? find(findings, 'id', id) : page(findings, q);
    case 'POST findings': {
      need('findings.act');
      const all = id === 'act' ? select(findings, q) : [find(findings, 'id', id)];
      act(all, body, role);
      return id === 'act' ? { count: all.length } : all[0];
    }
    case 'GET map': return makeMap(assets, conversations, findings, (q.get('expand') ?? '').split(','));
    case 'GET coverage': return { items: data.coverage, next: null };
    case 'GET packets': if (/^0+$/.test(id)) throw new Refused(404, 'This packet was not kept.'); return data.makePacket(id);
    case 'POST query': need('query.run'); return { columns: ['protocol', 'n'], rows: [['modbus', 1204], ['s7comm', 611]], truncated: false };
    case 'GET plant': return plant;
    case 'PUT plant':
      need('plant.edit');
      for (const f of body.function) if (!body.unit.some((u) => u.id === f.unit)) throw new Refused(400, `function ${f.id}: unit ${f.unit} is not defined`);
      plant = body;
      tell(['plant', 'status']);
      return plant;
    case 'GET users': return { items: users };
    case 'POST users':
      need('users.manage');
      if (users.some((u) => u.name === body.name)) throw new Refused(409, `There is a user ${body.name} already.`);
      users.push({ name: body.name, role: body.role, created: new Date().toISOString(), last_login: null, enabled: true });
      return users.at(-1);
    case 'PATCH users': { need('users.manage'); const { password: _, ...rest } = body; return Object.assign(find(users, 'name', id), rest); }
    case 'DELETE users': need('users.manage'); users.splice(users.indexOf(find(users, 'name', id)), 1); return null;
    case 'GET audit': need('audit.read'); return page(audit, q);
    default: throw new Refused(404, `${path.join('/')} not found`);
  }
}

function send(res, status, body, extra = {}) {
  const text = gzipSync(body === null ? '' : JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'cache-control': 'no-store', ...extra }).end(text);
}
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.woff': 'font/woff', '.svg': 'image/svg+xml' };
function file(res, path) {
  const at = join(dist, normalize(path));
  const found = extname(path) ? existsSync(at) : false;
  if (extname(path) && !found) return res.writeHead(404).end();
  const name = found ? at : join(dist, 'index.html');
  const head = { 'content-type': types[extname(name)] ?? 'application/octet-stream', 'content-security-policy': csp, 'cache-control': path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache' };
  if (name.endsWith('.woff2')) { res.writeHead(200, head); createReadStream(name).pipe(res); } else { res.writeHead(200, { ...head, 'content-encoding': 'gzip' }); createReadStream(name).pipe(createGzip()).pipe(res); }
}

createServer(async (req, res) => {
  const url = new URL(req.url, 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return file(res, url.pathname);
  const path = url.pathname.slice(8).split('/').map(decodeURIComponent);
  let raw = '';
  for await (const chunk of req) raw += chunk;
  try {
    const body = raw ? JSON.parse(raw) : undefined;
    if (path[0] === 'login') {
      if (body.password === 'wrong') throw new Refused(401, 'Name or password is wrong.');
      const role = rights[body.name] ? body.name : 'viewer';
      note(role, 'user.login', role);
      return send(res, 200, { user: role, role, csrf: 'mock-csrf' }, { 'set-cookie': `s=${role}; HttpOnly; SameSite=Strict; Path=/` });
    }
    const role = /(?:^|; )s=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
    if (!role || !rights[role]) throw new Refused(401, 'Log in first.');
    if (req.method !== 'GET' && req.headers['x-csrf-token'] !== 'mock-csrf') throw new Refused(403, 'The request carries no valid CSRF token.');
    if (path[0] === 'live') {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      res.write(': hello\n\n');
      streams.add(res);
      return req.on('close', () => streams.delete(res));
    }
    if (path[0] === 'packets.pcapng') return res.writeHead(200, { 'content-type': 'application/x-pcapng', 'content-disposition': 'attachment; filename="packets.pcapng"' }).end(Buffer.from('0a0d0d0a', 'hex'));
    const out = answer(req.method, path, url.searchParams, body, role);
    return send(res, 200, out, path[0] === 'logout' ? { 'set-cookie': 's=; Max-Age=0; Path=/' } : {});
  } catch (error) {
    return send(res, error.status ?? 500, { error: error.message });
  }
}).listen(Number(option('--port', 4180)), '127.0.0.1', function () { console.log(`mock at http://127.0.0.1:${this.address().port} with ${assets.length} assets`); });
setInterval(() => tell(['status']), 2000).unref();
