#!/usr/bin/env bash
# Agreement with Wireshark on the shared captures: 0.99 per protocol at least.
# The same for values, not only labels: conformance/values.
# usage: conformance.sh PROGRAM SHARED
set -euo pipefail
program=$1 shared=$2
if [ ! -e "$shared/conformance/agree.py" ]; then
  echo "skipped: no shared captures at $shared (set SHARED=FOLDER)"
  exit 0
fi
protocols=()
for name in modbus dnp3 s7comm enip cip iec104 bacnet opcua mms goose sv ethercat hart_ip omron_fins synchrophasor mqtt snmp \
  profinet_dcp arp lldp dhcp dns http tls_client_hello smb2 ssh; do
  protocols+=(--protocol "$name")
done
python3 "$shared/conformance/agree.py" --program "$program" --min 0.99 --explained conformance/explained.tsv "${protocols[@]}" "$shared/captures"
python3 conformance/profinet_io.py "$program" "$shared/captures"
python3 conformance/icsnpp_bsap.py "$program" "$shared/captures"
python3 conformance/values "$program" "$shared" --min 0.99
python3 conformance/services.py "$program" "$shared/captures"
python3 conformance/holes.py "$program" "$shared"
# Agreement with the logs that ICSNPP's own tests expect: 0.99 per log at least.
python3 conformance/icsnpp.py "$program" "$shared/captures" --show 3
