/** The shapes of the HTTP API under short names; all of them come from the committed OpenAPI document (`npm run api`). */
import type { components, paths } from './schema';

type Schemas = components['schemas'];

export type Priority = Schemas['Priority'];
export type FindingState = Schemas['State'];
export type ListQuery = NonNullable<paths['/api/v1/findings']['get']['parameters']['query']>;
export type Me = Schemas['Me'];
export type Status = Schemas['Status'];
export type Asset = Schemas['Asset'];
export type AssetAttribute = Schemas['AssetAttribute'];
export type AssetDetail = Schemas['AssetDetail'];
/** What is left out stays as it is. */
export type AssetOverride = Partial<Schemas['AssetOverride']>;
export type Conversation = Schemas['Conversation'];
export type Operation = Schemas['Operation'];
export type FindingEvidence = Schemas['FindingEvidence'];
export type Assessment = Schemas['Assessment'];
export type Finding = Schemas['Finding'];
export type FindingAct = Schemas['FindingAct'];
export type MapNode = Schemas['MapNode'];
export type MapEdge = Schemas['MapEdge'];
export type MapView = Schemas['MapView'];
export type CoverageRow = Schemas['CoverageRow'];
export type PacketView = Schemas['PacketView'];
export type PointInfo = Schemas['PointInfo'];
export type Series = Schemas['Series'];
export type User = Schemas['User'];
export type AuditEntry = Schemas['AuditEntry'];

type Model = Schemas['PlantModel'];
/** The plant model with its lists filled in: the server may leave empty ones out. */
export type PlantModel = Omit<Model, 'zone' | 'conduit' | 'area' | 'unit' | 'function'> & {
  zone: (Schemas['Zone'] & { subnets: string[] })[];
  conduit: (Schemas['Conduit'] & { protocols: string[] })[];
  area: Schemas['Area'][];
  unit: Schemas['Unit'][];
  function: Required<Schemas['Function']>[];
};
