/** Whether an address means many machines at once: such a receiver has no zone. */
export function castOf(address: string): 'broadcast' | 'multicast' | undefined {
  const text = address.toLowerCase();
  if (text === '255.255.255.255' || text === 'ff:ff:ff:ff:ff:ff') return 'broadcast';
  const mac = /^([0-9a-f]{2})(:[0-9a-f]{2}){5}$/.exec(text);
  if (mac) return Number.parseInt(mac[1] ?? '0', 16) & 1 ? 'multicast' : undefined;
  const first = /^(\d+)\.\d+\.\d+\.\d+$/.exec(text);
  if (first) return Number(first[1]) >= 224 && Number(first[1]) < 240 ? 'multicast' : undefined;
  return /^ff[0-9a-f]{2}:/.test(text) ? 'multicast' : undefined;
}
