import { Kbd, Modal } from '@mantine/core';

const KEYS: [string, string][] = [
  ['J / K', 'next / previous row'],
  ['Enter', 'open the row; in Triage: go to its details'],
  ['A', 'acknowledge the finding'],
  ['S', 'shelve the finding'],
  ['E', 'go to its evidence'],
  ['/', 'search in the page'],
  ['Ctrl K', 'go to a page, asset or finding'],
  ['?', 'this help'],
  ['Arrows, Enter', 'on the map: move between nodes, open or unfold'],
  ['+  −  0', 'on the map: zoom in, out, fit'],
  ['Esc', 'close a dialog, leave a field'],
];

export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <table className="plain">
        <tbody>
          {KEYS.map(([key, does]) => (
            <tr key={key}>
              <td style={{ width: 130 }}>
                <Kbd>{key}</Kbd>
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted" style={{ marginTop: 10 }}>
        Single-letter keys can be switched off under Settings, Appearance.
      </p>
    </Modal>
  );
}
