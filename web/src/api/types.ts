/** The shapes of the HTTP API, under short names. */

export type Priority = 'low' | 'medium' | 'high' | 'highest';
export type FindingState = 'unacknowledged' | 'acknowledged' | 'shelved' | 'returned';

export interface Page<T> {
  items: T[];
  next?: string | null;
  total?: number | null;
}

export interface ListQuery {
  q?: string;
  site?: string;
  asset?: string;
  zone?: string;
  role?: string;
  protocol?: string;
  category?: string;
  state?: string;
  rule?: string;
  priority?: string;
  from?: string;
  to?: string;
  sort?: string;
  cursor?: string;
  limit?: number;
}

export interface Me {
  user: string;
  role: string;
  csrf: string;
  permissions: string[];
}

export interface Status {
  version: string;
  site: string;
  site_name: string;
  source: string;
  progress?: number | null;
  event_time: string;
  updated: string;
  learning_until?: string | null;
  assets: number;
  conversations: number;
  open_findings: number[];
  backlog: number;
  warnings: string[];
  plant_model: boolean;
}

export interface Asset {
  id: string;
  name: string;
  site: string;
  macs: string[];
  ips: string[];
  vendor?: string | null;
  model?: string | null;
  order_number?: string | null;
  firmware?: string | null;
  hardware?: string | null;
  serial?: string | null;
  os?: string | null;
  role: string;
  role_confidence: number;
  purdue_level?: number | null;
  zone?: string | null;
  zone_reason: string;
  internet: boolean;
  router: boolean;
  protocols: string[];
  functions: string[];
  first_seen: string;
  last_seen: string;
}

export interface AssetAttribute {
  name: string;
  value: string;
  source: string;
  reason: string;
  confidence: number;
  first_seen: string;
  last_seen: string;
  count: number;
  frame: number;
  packet?: string | null;
  chosen: boolean;
}

export interface AssetDetail extends Asset {
  attributes: AssetAttribute[];
}

export interface AssetOverride {
  name?: string;
  vendor?: string;
  model?: string;
  role?: string;
  purdue_level?: string;
  zone?: string;
}

export interface FunctionUse {
  function: string;
  category: string;
  count: number;
  last: string;
}

export interface Conversation {
  id: string;
  site: string;
  client: string;
  server: string;
  client_asset?: string | null;
  server_asset?: string | null;
  client_name: string;
  server_name: string;
  client_zone?: string | null;
  server_zone?: string | null;
  transport: string;
  port: number;
  protocol: string;
  segments: string[];
  packets_to_server: number;
  packets_to_client: number;
  bytes_to_server: number;
  bytes_to_client: number;
  flows: number;
  answered: number;
  messages: number;
  gap_bytes: number;
  one_sided: boolean;
  encrypted: boolean;
  learned: boolean;
  forbidden: boolean;
  functions: FunctionUse[];
  first_seen: string;
  last_seen: string;
}

export interface Operation {
  ts: string;
  last: string;
  count: number;
  src: string;
  dst: string;
  src_mac?: string | null;
  src_port: number;
  dst_port: number;
  protocol: string;
  function: string;
  category: string;
  target: string;
  value?: string | null;
  outcome: string;
  frame: number;
  packets: string[];
}

export interface FindingEvidence {
  ts: string;
  kind: string;
  text: string;
  src?: string | null;
  dst?: string | null;
  protocol: string;
  frame: number;
  packets: string[];
}

export interface AffectedFunction {
  function: string;
  name: string;
  place: string;
  effect: string;
  hours: number;
  cost: number;
  buffer_minutes: number;
  safety: string;
  reason: string;
}

export interface Assessment {
  functions: AffectedFunction[];
  loss: number;
  expected_loss: number;
  currency: string;
  likelihood: number;
  modelled: boolean;
  safety: string;
  steps: string[];
}

export interface Finding {
  id: string;
  site: string;
  rule: string;
  title: string;
  priority: Priority;
  rank: number;
  time: string;
  first_time: string;
  assets: string[];
  asset_names: string[];
  actor?: string | null;
  techniques: string[];
  state: FindingState;
  count: number;
  plant_sentence: string;
  soc_sentence: string;
  causes: string[];
  actions: string[];
  minutes_to_respond: number;
  evidence: FindingEvidence[];
  assessment: Assessment;
  handled_by?: string | null;
  handled_reason?: string | null;
  handled_at?: string | null;
  handled_until?: string | null;
}

export interface FindingAct {
  act: string;
  reason: string;
  until?: string | null;
}

export interface MapNode {
  id: string;
  kind: string;
  label: string;
  role: string;
  zone?: string | null;
  purdue_level?: number | null;
  parent?: string | null;
  x: number;
  y: number;
  width: number;
  height: number;
  count: number;
  priority?: string | null;
}

export interface MapEdge {
  from: string;
  to: string;
  protocols: string[];
  conversations: number;
  forbidden: boolean;
}

export interface MapBand {
  purdue_level?: number | null;
  label: string;
  y: number;
  height: number;
}

export interface MapView {
  bands: MapBand[];
  nodes: MapNode[];
  edges: MapEdge[];
  width: number;
  height: number;
  folded: boolean;
}

export interface CoverageRow {
  site: string;
  sensor: string;
  segment: string;
  packets: number;
  bytes: number;
  parsed: number;
  not_parsed: number;
  dropped: number;
  one_sided: number;
  encrypted: number;
  damaged: number;
  evicted: number;
  protocols: { protocol: string; packets: number }[];
  first_seen: string;
  last_seen: string;
}

export interface PacketView {
  id: string;
  ts: string;
  frame: number;
  original_len: number;
  layers: { title: string; fields: { name: string; value: string }[] }[];
  hex: string;
}

export interface PointInfo {
  point: string;
  protocol: string;
  changes: number;
  min?: number | null;
  max?: number | null;
  last?: number | null;
}

export interface Series {
  point: string;
  protocol: string;
  times: number[];
  values: (number | null)[];
}

export interface PlantZone {
  id: string;
  name: string;
  purdue_level: number;
  subnets: string[];
}

export interface PlantConduit {
  from: string;
  to: string;
  protocols: string[];
}

export interface PlantFunction {
  id: string;
  name: string;
  unit: string;
  assets: string[];
  restart_hours: number;
  cost_per_hour: number;
  buffer_minutes: number;
  safety: string;
  redundancy: string;
  depends_on: string[];
}

export interface PlantModel {
  schema: number;
  site: { id: string; name: string; currency: string };
  zone: PlantZone[];
  conduit: PlantConduit[];
  area: { id: string; name: string }[];
  unit: { id: string; name: string; area: string }[];
  function: PlantFunction[];
}

export interface User {
  name: string;
  role: string;
  created: string;
  last_login?: string | null;
  enabled: boolean;
}

export interface AuditEntry {
  id: number;
  at: string;
  user: string;
  action: string;
  object: string;
  detail: string;
}

export interface QueryResult {
  columns: string[];
  rows: unknown[][];
  truncated: boolean;
}
