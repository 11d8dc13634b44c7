import { describe, expect, it } from 'vitest';
import { concerns, outdated } from '@/api/live';
import { field, line } from '@/lib/csv';
import { bytes, percent, words } from '@/lib/format';
import { dump } from '@/lib/hex';
import { problems } from '@/lib/plant';
import { describe as inWords, filters, toParams } from '@/lib/search';
import { isStale } from '@/lib/stale';
import { castOf } from '@/lib/address';
import { short, span, utc } from '@/lib/time';
import type { AssetAttribute, MapNode, PlantModel } from '@/api/types';
import { changes } from '@/pages/asset/OverrideDialog';
import { grouped } from '@/pages/asset/Identity';
import { concerns as names } from '@/pages/asset/Chart';
import { lines, nearest, stripes } from '@/pages/map/elements';
import { shorten } from '@/pages/map/shorten';
import { asked } from '@/pages/triage/TriagePage';

const NOW = Date.parse('2026-03-02T12:00:00Z');

describe('what the reader sees', () => {
  it.each([
    [0, '0 B'],
    [1500, '1.5 kB'],
    [92_000_000, '92 MB'],
  ])('writes %d bytes as %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [0, 10, '0.0 %'],
    [1, 1e6, '< 0.1 %'],
    [999_999, 1e6, '100.00 %'],
    [1, 0, '–'],
  ])('%d of %d is %s', (part, total, text) => expect(percent(part, total)).toBe(text));

  it('names roles as people do', () => expect(['hmi', 'remote_io', 'engineering_station'].map(words)).toEqual(['HMI', 'Remote I/O', 'Engineering station']));
  it('tells UTC to the millisecond', () => expect(utc(new Date(NOW))).toBe('2026-03-02 12:00:00.000 UTC'));
  it.each([[1000, '1 s'], [600_000, '10 min'], [7_200_000, '2 h'], [864_000_000, '10 d']])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text));
});

describe('a display that may be old says so', () => {
  const good = { source: 'live', updated: new Date(NOW - 5000), now: NOW, lostAt: null, failed: false };
  it.each([
    ['fresh', good, false],
    ['server gone', { ...good, failed: true }, true],
    ['no answer for a minute', { ...good, silent: 60_000 }, true],
    ['an answer a while ago', { ...good, silent: 20_000 }, false],
    ['stream lost just now', { ...good, lostAt: NOW - 1000 }, false],
    ['stream lost', { ...good, lostAt: NOW - 8000 }, true],
    ['quiet sensor', { ...good, updated: new Date(NOW - 90_000) }, true],
    ['finished replay', { ...good, source: 'done', updated: new Date(NOW - 9e9) }, false],
  ])('%s', (_, standing, stale) => expect(isStale(standing) !== undefined).toBe(stale));
});

describe('live events', () => {
  it('outdate what depends on their topics', () => expect(outdated({ topics: ['findings'] })).toEqual(['findings', 'map', 'status']));
  it('outdate everything after a gap', () => expect(outdated({ topics: ['status', 'all'] })).toEqual(['*']));
  it('leave other queries alone', () => expect(concerns(new Set(['assets']), { queryKey: ['coverage'], state: {} as never })).toBe(false));
});

describe('filters in the URL', () => {
  it('keeps what it knows', () => expect(filters({ q: 'plc', state: '', open: 'f-1', zone: 3 })).toEqual({ q: 'plc', zone: '3' }));
  it('asks for open findings unless told otherwise', () => {
    expect(asked({})).toEqual({ state: 'open' });
    expect(asked({ state: 'all', q: 'x' })).toEqual({ q: 'x' });
  });
  it('sends only what is set', () => expect(toParams({ q: 'a b', zone: '', limit: 5 }).toString()).toBe('q=a+b&limit=5'));
  it('says in words what a bulk act concerns', () => expect(inWords({ q: 'plc', state: 'open', sort: 'rank' })).toBe('text “plc”, state open'));
});

describe('CSV', () => {
  it.each([
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=HYPERLINK(1)', "'=HYPERLINK(1)"],
    [-3, '-3'],
    [null, ''],
    [['10.0.0.1', '10.0.0.2'], '10.0.0.1 10.0.0.2'],
  ])('%j', (value, text) => expect(field(value)).toBe(text));
  it('ends lines as RFC 4180 says', () => expect(line(['a', 1])).toBe('a,1\r\n'));
});

describe('hex dump', () => {
  it('breaks after sixteen bytes', () => {
    const lines = dump('41'.repeat(17));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toEqual({ offset: '0010', bytes: '41', text: 'A' });
  });
});

describe('plant model', () => {
  const plant: PlantModel = { schema: 1, site: { id: 's', name: 'S', currency: 'EUR' }, zone: [{ id: 'a', name: 'A', purdue_level: 1, subnets: [] }], conduit: [], area: [], unit: [], function: [] };
  it('accepts a right one', () => expect(problems(plant)).toEqual([]));
  it('names what is wrong', () => {
    const wrong = problems({ ...plant, zone: [...plant.zone, { id: 'a', name: '', purdue_level: 7, subnets: [] }], conduit: [{ from: 'a', to: 'nowhere', protocols: [] }] });
    expect(wrong).toHaveLength(4);
  });
});

describe('assets', () => {
  it('sends only the words that changed, and takes back emptied ones', () => {
    const now = { name: 'PLC 3', vendor: '', model: '', role: '', purdue_level: '', zone: '' };
    expect(changes({ vendor: 'ABB' }, now)).toEqual({ name: 'PLC 3', vendor: '' });
  });
  it('puts the chosen value of an attribute first', () => {
    const value = (name: string, text: string, chosen: boolean) => ({ name, value: text, chosen }) as AssetAttribute;
    const groups = grouped([value('firmware', 'old', false), value('vendor', 'ABB', true), value('firmware', 'new', true)]);
    expect(groups.map((group) => [group.name, ...group.values.map((entry) => entry.value)])).toEqual([['firmware', 'new', 'old'], ['vendor', 'ABB']]);
  });
});

describe('moving over the map', () => {
  const node = (id: string, x: number, y: number) => ({ id, kind: 'asset', x, y }) as MapNode;
  const nodes = [node('a', 0, 0), node('b', 100, 0), node('c', 110, 100), node('z', 0, 100)];
  it.each([
    [null, [1, 0], 'a'],
    ['a', [1, 0], 'b'],
    ['a', [0, 1], 'z'],
    ['b', [0, 1], 'c'],
    ['a', [-1, 0], 'a'],
  ] as const)('from %s', (from, [x, y], to) => expect(nearest(nodes, from, [x, y])).toBe(to));
});

describe('the map', () => {
  const node = (id: string, x: number, y: number) => ({ id, kind: 'asset', label: id, role: 'hmi', x, y, width: 148, height: 44, count: 1 }) as MapNode;
  const edge = (from: string, to: string, forbidden = false) => ({ from, to, protocols: [], conversations: 1, forbidden });
  const nodes = [node('a', 0, 0), node('b', 300, 150), node('c', 0, 600)];

  it('draws there and back as one line, unless one way is forbidden', () => {
    const drawn = lines({ nodes, edges: [edge('a', 'b'), edge('b', 'a'), edge('a', 'c'), edge('c', 'a', true)] });
    expect(drawn.map(({ data }) => [data.id, data.both])).toEqual([['a>b', 1], ['a>c', 0], ['c>a', 0]]);
  });

  it('leads a line around what stands between', () => {
    const [straight, around] = lines({ nodes, edges: [edge('a', 'b'), edge('a', 'c')] });
    expect(straight?.data.bend).toBe(0);
    expect(around?.data.bend).not.toBe(0);
  });

  it('leaves out a line whose end is not drawn', () => expect(lines({ nodes, edges: [edge('a', 'gone')] })).toEqual([]));

  it('closes the gaps between bands', () => {
    const bands = [{ purdue_level: 2, label: 'Level 2', y: 16, height: 100 }, { purdue_level: 1, label: 'Level 1', y: 132, height: 100 }];
    expect(stripes({ bands }).map(({ y, height }) => [y, y + height])).toEqual([[16, 124], [124, 232]]);
  });

  it('keeps the end of a name that is too long', () => {
    expect(shorten('hmi-01', 132, false, 12)).toBe('hmi-01');
    expect(shorten('engineering-station-building-04', 132, false, 12)).toMatch(/^engin.*….*ing-04$/);
    expect(shorten('Engineering station of the north', 100, false, 12, false)).toMatch(/^Engineering.*…$/);
  });
});

describe('what an act concerns', () => {
  it.each([
    ['coil 1', 'coil 1', true],
    ['coil 1', 'coil 10', false],
    ['holding_register 1-4', 'holding_register 2', true],
    ['holding_register 1-4', 'holding_register 5', false],
    ['holding_register 1-4', 'input_register 2', false],
    ['', 'coil 1', false],
  ])('%s on %s: %s', (target, point, concerned) => expect(names(target, point)).toBe(concerned));
});

it.each([
  ['224.0.0.251', 'multicast'],
  ['01:80:c2:00:00:0e', 'multicast'],
  ['ff02::fb', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['10.20.10.11', undefined],
  ['00:1b:1b:00:00:0a', undefined],
])('%s is %s', (address, cast) => expect(castOf(address)).toBe(cast));

it('shortens UTC times by the UTC day', () => {
  expect(short(new Date('2026-03-02T23:30:00Z'), new Date('2026-03-02T00:10:00Z'), true)).toBe('23:30:00');
});
