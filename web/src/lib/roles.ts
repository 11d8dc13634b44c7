/** Asset roles that the product knows. */
export const ROLES = [
  'controller', 'safety_controller', 'rtu', 'remote_io', 'drive', 'sensor', 'protection_relay', 'gateway', 'meter',
  'hmi', 'engineering_station', 'historian', 'scada_server',
  'network_device', 'server', 'workstation', 'laptop', 'building_controller', 'printer', 'camera', 'internet_host', 'unknown',
];
