import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type {
  Asset, AssetOverride, AuditEntry, Conversation, Finding, FindingAct, ListQuery, Operation, PlantModel,
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

const client = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });

client.use({
  onRequest: ({ request }) => {
    if (request.method !== 'GET') request.headers.set('x-csrf-token', csrf);
    return request;
  },
  onResponse: ({ response }) => {
    const ahead = Date.parse(response.headers.get('date') ?? '') - Date.now();
    if (!Number.isNaN(ahead)) offset = Math.abs(ahead) > 2000 ? ahead : 0;
  },
  onError: ({ error }) => {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return new ApiFailure(0, 'Watchfloor cannot be reached. Check the network and that the program runs.');
  },
});

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or a failure with the server's sentence. */
async function take<T>(answer: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const told = (error as { error?: string } | undefined)?.error;
  const wait = Number(response.headers.get('retry-after')) || undefined;
  throw new ApiFailure(response.status, told ?? `The server answered ${response.status}.`, wait);
}

const byId = (id: string) => ({ params: { path: { id } } });

export type Lists = {
  assets: Asset;
  conversations: Conversation;
  operations: Operation;
  findings: Finding;
  audit: AuditEntry;
};

interface PageOf<T> {
  items: T[];
  next?: string | null;
  total?: number | null;
}

export const api = {
  login: (name: string, password: string) => take(client.POST('/api/v1/login', { body: { name, password } })),
  logout: () => take(client.POST('/api/v1/logout')),
  me: () => take(client.GET('/api/v1/me')),
  status: () => take(client.GET('/api/v1/status')),
  page: <K extends keyof Lists>(kind: K, query: ListQuery, signal?: AbortSignal) =>
    take(client.GET(`/api/v1/${kind as 'assets'}`, { params: { query }, signal })) as unknown as Promise<PageOf<Lists[K]>>,
  asset: (id: string) => take(client.GET('/api/v1/assets/{id}', byId(id))),
  overrideAsset: (id: string, word: AssetOverride) =>
    take(client.PUT('/api/v1/assets/{id}/override', { ...byId(id), body: word as Required<AssetOverride> })),
  points: async (id: string) => (await take(client.GET('/api/v1/assets/{id}/points', byId(id)))).items,
  series: (id: string, point: string) => take(client.GET('/api/v1/assets/{id}/series', { params: { path: { id }, query: { point } } })),
  finding: (id: string) => take(client.GET('/api/v1/findings/{id}', byId(id))),
  act: (id: string, body: FindingAct) => take(client.POST('/api/v1/findings/{id}/act', { ...byId(id), body })),
  actAll: (query: ListQuery, body: FindingAct) => take(client.POST('/api/v1/findings/act', { params: { query }, body })),
  map: (expand: string[]) =>
    take(client.GET('/api/v1/map', { params: { query: expand.length > 0 ? { expand: expand.join(',') } : {} } })),
  coverage: async () => (await take(client.GET('/api/v1/coverage'))).items,
  packet: (id: string) => take(client.GET('/api/v1/packets/{id}', byId(id))),
  pcapngUrl: (ids: string[]) => `/api/v1/packets.pcapng?ids=${ids.map(encodeURIComponent).join(',')}`,
  plant: async () => (await take(client.GET('/api/v1/plant'))) as PlantModel | null,
  setPlant: (body: PlantModel) => take(client.PUT('/api/v1/plant', { body })),
  users: async () => (await take(client.GET('/api/v1/users'))).items,
  addUser: (body: { name: string; role: string; password: string }) => take(client.POST('/api/v1/users', { body })),
  changeUser: (name: string, body: { role?: string; password?: string; enabled?: boolean }) =>
    take(client.PATCH('/api/v1/users/{name}', { params: { path: { name } }, body })),
  removeUser: (name: string) => take(client.DELETE('/api/v1/users/{name}', { params: { path: { name } } })),
};
