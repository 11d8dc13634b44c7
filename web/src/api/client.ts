import { toParams } from '@/lib/search';
import type {
  Asset, AssetDetail, AssetOverride, AuditEntry, Conversation, CoverageRow, Finding, FindingAct, ListQuery, MapView, Me,
  Operation, PacketView, Page, PlantModel, PointInfo, QueryResult, Series, Status, User,
} from './types';

/** An answer that was not a success: its status and the server's one sentence. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

let csrf = '';
let offset = 0;

/** Takes over the token that the server bound to this session. */
export function setCsrf(token: string) {
  csrf = token;
}

/** The server's clock, as far as its `Date` headers tell: a wrong clock at the desk must not make data look stale. */
export const serverNow = () => Date.now() + offset;

async function failure(response: Response): Promise<ApiFailure> {
  const body = (await response.json().catch(() => null)) as { error?: string } | null;
  const wait = Number(response.headers.get('retry-after')) || undefined;
  return new ApiFailure(response.status, body?.error ?? `The server answered ${response.status}.`, wait);
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrf;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    response = await fetch(`/api/v1/${path}`, { method, headers, body: payload, signal, credentials: 'same-origin' });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(0, 'Watchfloor cannot be reached. Check the network and that the program runs.');
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) offset = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
  if (!response.ok) throw await failure(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, undefined, signal);
const listed = (path: string, query: ListQuery) => `${path}?${toParams(query)}`;
const seg = encodeURIComponent;

export type Lists = {
  assets: Asset;
  conversations: Conversation;
  operations: Operation;
  findings: Finding;
  audit: AuditEntry;
};

export const api = {
  login: (name: string, password: string) => call<Me>('POST', 'login', { name, password }),
  logout: () => call<void>('POST', 'logout'),
  me: () => get<Me>('me'),
  status: () => get<Status>('status'),
  page: <K extends keyof Lists>(kind: K, query: ListQuery, signal?: AbortSignal) =>
    get<Page<Lists[K]>>(listed(kind, query), signal),
  asset: (id: string) => get<AssetDetail>(`assets/${seg(id)}`),
  overrideAsset: (id: string, word: AssetOverride) => call<AssetDetail>('PUT', `assets/${seg(id)}/override`, word),
  points: async (id: string) => {
    const answer = await get<PointInfo[] | { items: PointInfo[] }>(`assets/${seg(id)}/points`);
    return Array.isArray(answer) ? answer : answer.items;
  },
  series: (id: string, point: string) => get<Series>(`assets/${seg(id)}/series?${new URLSearchParams({ point })}`),
  finding: (id: string) => get<Finding>(`findings/${seg(id)}`),
  act: (id: string, act: FindingAct) => call<Finding>('POST', `findings/${seg(id)}/act`, act),
  actAll: (query: ListQuery, act: FindingAct) => call<{ count: number }>('POST', listed('findings/act', query), act),
  map: (expand: string[]) => get<MapView>(`map?${new URLSearchParams(expand.length ? { expand: expand.join(',') } : {})}`),
  coverage: async () => (await get<{ items: CoverageRow[] }>('coverage')).items,
  packet: (id: string) => get<PacketView>(`packets/${seg(id)}`),
  pcapngUrl: (ids: string[]) => `/api/v1/packets.pcapng?ids=${ids.map(seg).join(',')}`,
  query: (sql: string, limit: number) => call<QueryResult>('POST', 'query', { sql, limit }),
  plant: () => get<PlantModel | null>('plant'),
  setPlant: (plant: PlantModel) => call<PlantModel>('PUT', 'plant', plant),
  users: async () => (await get<{ items: User[] }>('users')).items,
  addUser: (user: { name: string; role: string; password: string }) => call<User>('POST', 'users', user),
  changeUser: (name: string, change: { role?: string; password?: string; enabled?: boolean }) =>
    call<User>('PATCH', `users/${seg(name)}`, change),
  removeUser: (name: string) => call<void>('DELETE', `users/${seg(name)}`),
};
