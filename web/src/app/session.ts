import { useMe } from '@/api/hooks';

/** The rights that the server decides on; the page only hides what would be refused. */
export type Permission = 'findings.act' | 'assets.edit' | 'plant.edit' | 'users.manage' | 'query.run' | 'packets.read' | 'audit.read';

const NEEDED: Record<Permission, string> = {
  'findings.act': 'analyst',
  'assets.edit': 'engineer',
  'plant.edit': 'engineer',
  'users.manage': 'admin',
  'query.run': 'analyst',
  'packets.read': 'analyst',
  'audit.read': 'engineer',
};

export const ROLE_NAMES = ['viewer', 'analyst', 'operator', 'engineer', 'admin'];

/** Whether the person may, and if not a sentence that says why. */
export function useMay(permission: Permission): { may: boolean; why: string | undefined } {
  const me = useMe().data;
  const may = me?.permissions?.includes(permission) ?? false;
  const why = may ? undefined : `Your role, ${me?.role ?? 'viewer'}, may not do this. It takes at least the role ${NEEDED[permission]}.`;
  return { may, why };
}
