import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { type Permission, useMay } from '@/app/session';

type Props = ButtonProps & { permission: Permission; children: ReactNode; onClick?: () => void; type?: 'submit' | 'button' };

/** A button that a role without the right can see, with the reason why it does nothing for them. */
export function Permitted({ permission, children, onClick, disabled, ...rest }: Props) {
  const { may, why } = useMay(permission);
  const button = (
    <Button {...rest} onClick={may ? onClick : undefined} disabled={may ? disabled : undefined} data-disabled={may ? undefined : true} aria-disabled={may ? undefined : true} type={may ? (rest.type ?? 'button') : 'button'}>
      {children}
    </Button>
  );
  return may ? button : <Tooltip label={why}>{button}</Tooltip>;
}
